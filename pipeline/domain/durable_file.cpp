#include "pipeline/domain/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "pipeline/domain/posix_file.h"

namespace hilum {
namespace {

namespace fs = std::filesystem;

Status sync_file(const fs::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, "open", file);
  if (::fsync(fd.get()) != 0) return errno_error(errno, "sync", file);
  return ok();
}

Status write_synced(const fs::path& file, std::span<const std::span<const std::byte>> pieces) {
  constexpr mode_t kReadableByAll = 0644;
  UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kReadableByAll));
  if (!fd.valid()) return errno_error(errno, "create", file);
  for (const auto piece : pieces) {
    if (auto written = write_all(fd.get(), piece, file); !written) return written;
  }
  if (::fsync(fd.get()) != 0) return errno_error(errno, "sync", file);
  if (::close(fd.release()) != 0) return errno_error(errno, "close", file);
  return ok();
}

/// `make` leaves the part file complete and synced.
template <class Make>
Status replace_with(const fs::path& file, const Make& make) {
  fs::path part = file;
  part += ".part";
  const auto attempt = [&]() -> Status {
    if (auto made = make(part); !made) return made;
    if (std::rename(part.c_str(), file.c_str()) != 0) return errno_error(errno, "rename", part);
    // Without this the rename itself may be lost in a power failure.
    return sync_directory(file.has_parent_path() ? file.parent_path() : fs::path("."));
  };
  auto done = attempt();
  if (!done) ::unlink(part.c_str());
  return done;
}

}  // namespace

Status replace_file(const fs::path& file, const std::function<Status(const fs::path&)>& write) {
  return replace_with(file, [&](const fs::path& part) -> Status {
    if (auto written = write(part); !written) return written;
    return sync_file(part);
  });
}

Status replace_file(const fs::path& file, std::span<const std::span<const std::byte>> pieces) {
  return replace_with(file, [&](const fs::path& part) { return write_synced(part, pieces); });
}

}  // namespace hilum
