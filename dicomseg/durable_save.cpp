#include "dicomseg/durable_save.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

namespace hilum::dicomseg {
namespace {

Error system_error(int error, std::string_view what, const std::filesystem::path& path) {
  const ErrorCode code =
      error == ENOSPC || error == EDQUOT ? ErrorCode::kNoSpace : ErrorCode::kUnavailable;
  return {code, std::string(what) + " " + path.filename().string() + ": " + std::strerror(error)};
}

Status sync(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (descriptor < 0) return system_error(errno, "open", path);
  const int failed = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (failed != 0) return system_error(failed, "sync", path);
  return ok();
}

}  // namespace

Status save_durably(const std::filesystem::path& file,
                    const std::function<Status(const std::filesystem::path& part)>& write) {
  const std::filesystem::path part = file.string() + ".part";
  const auto attempt = [&]() -> Status {
    if (auto written = write(part); !written) return written;
    if (auto synced = sync(part, 0); !synced) return synced;
    if (std::rename(part.c_str(), file.c_str()) != 0) return system_error(errno, "rename", part);
    const auto directory = file.parent_path();
    return sync(directory.empty() ? "." : directory, O_DIRECTORY);
  };
  auto done = attempt();
  if (!done) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
  }
  return done;
}

}  // namespace hilum::dicomseg
