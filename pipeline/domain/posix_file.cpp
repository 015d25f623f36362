#include "pipeline/domain/posix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace hilum {
namespace {

ErrorCode code_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
      return ErrorCode::kNoSpace;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
      return ErrorCode::kUnavailable;
    case ENOENT:
      return ErrorCode::kNotFound;
    default:
      return ErrorCode::kInternal;
  }
}

}  // namespace

void UniqueFd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Error errno_error(int number, std::string_view what, const std::filesystem::path& object) {
  return {code_of(number),
          fmt::format("{} {}: {}", what, object.string(), std::system_category().message(number))};
}

Status write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& name) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno_error(errno, "write", name);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ok();
}

Status sync_directory(const std::filesystem::path& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, "open directory", directory);
  if (::fsync(fd.get()) != 0) return errno_error(errno, "sync directory", directory);
  return ok();
}

}  // namespace hilum
