#include "model/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

namespace hilum::model {
namespace {

Error system_error(std::string_view what, const std::filesystem::path& path) {
  const int code = errno;
  const ErrorCode kind = code == ENOSPC || code == EDQUOT ? ErrorCode::kNoSpace
                         : code == ENOENT                 ? ErrorCode::kNotFound
                                                          : ErrorCode::kInternal;
  return {kind, fmt::format("cannot {} {}: {}", what, path.string(),
                            std::generic_category().message(code))};
}

/// Owns a file descriptor. `close` is for the writer, who must see its error.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

Status write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ok();
}

Status write_part(const std::filesystem::path& part,
                  std::span<const std::span<const std::byte>> pieces) {
  Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return system_error("create", part);
  for (const auto piece : pieces) {
    if (auto written = write_all(file.get(), piece, part); !written) return written;
  }
  if (::fsync(file.get()) != 0) return system_error("sync", part);
  if (file.close() != 0) return system_error("close", part);
  return ok();
}

}  // namespace

Status replace_file(const std::filesystem::path& file,
                    std::span<const std::span<const std::byte>> pieces) {
  std::filesystem::path part = file;
  part += ".part";
  if (auto written = write_part(part, pieces); !written) {
    ::unlink(part.c_str());
    return written;
  }
  if (std::rename(part.c_str(), file.c_str()) != 0) {
    Error error = system_error("rename to", file);
    ::unlink(part.c_str());
    return error;
  }
  // Without this the rename itself may be lost in a power failure.
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) return system_error("sync", folder);
  return ok();
}

}  // namespace hilum::model
