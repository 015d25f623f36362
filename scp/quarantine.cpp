#include "scp/quarantine.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <system_error>
#include <utility>

#include "pipeline/domain/posix_file.h"
#include "scp/spool_paths.h"
#include "scp/stored_file.h"

namespace hilum::scp {
namespace {

namespace fs = std::filesystem;

/// Enough of a digest to tell the versions of one instance apart.
constexpr std::size_t kDigestDigits = 16;

/// Calls `visit` for every file; files that disappear meanwhile are none.
Status for_each_file(const fs::path& directory,
                     const std::function<Status(const fs::directory_entry&)>& visit) {
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (auto visited = visit(*it); !visited && visited.error().code != ErrorCode::kNotFound) {
      return visited;
    }
  }
  if (error) return errno_error(error.value(), "list", directory);
  return ok();
}

}  // namespace

Result<std::uint64_t> Quarantine::count() const {
  std::uint64_t bytes = 0;
  auto counted = for_each_file(spool_ / kQuarantineDirectory, [&](const auto& entry) -> Status {
    std::error_code error;
    const auto size = entry.file_size(error);
    if (!error) bytes += size;
    return ok();
  });
  if (!counted) return std::move(counted).error();
  return bytes;
}

Result<fs::path> Quarantine::keep(const PartFile& part) {
  const auto& sop = part.instance().sop.str();
  auto file =
      fs::path(kQuarantineDirectory) /
      fmt::format("{}.{}{}", sop, part.sha256().substr(0, kDigestDigits), kInstanceExtension);
  const std::scoped_lock lock(mutex_);
  std::error_code error;
  if (fs::exists(spool_ / file, error)) return file;
  auto used = count();
  if (!used) return std::move(used).error();
  if (part.size_bytes() > max_bytes_ || *used > max_bytes_ - part.size_bytes()) {
    return Error{
        ErrorCode::kNoSpace,
        fmt::format("instance {} is stored already with other content, and there is no room "
                    "for the new one: {} of {} bytes of quarantine are used; look with "
                    "`hilum quarantine list`, delete there, or raise "
                    "storage.quarantine_max_gib",
                    sop, *used, max_bytes_)};
  }
  if (::link(part.path().c_str(), (spool_ / file).c_str()) != 0 && errno != EEXIST) {
    return errno_error(errno, "move to quarantine", part.path());
  }
  return file;
}

Result<int> Quarantine::discard(Time before) {
  int discarded = 0;
  auto done = for_each_file(spool_ / kQuarantineDirectory, [&](const auto& entry) -> Status {
    std::error_code error;
    const auto written = entry.last_write_time(error);
    if (error || std::chrono::file_clock::to_sys(written) >= before) return ok();
    if (::unlink(entry.path().c_str()) != 0) return errno_error(errno, "remove", entry.path());
    ++discarded;
    return ok();
  });
  if (!done) return std::move(done).error();
  return discarded;
}

Result<std::vector<QuarantinedInstance>> Quarantine::list() const {
  std::vector<QuarantinedInstance> found;
  auto listed = for_each_file(spool_ / kQuarantineDirectory, [&](const auto& entry) -> Status {
    auto instance = read_received_instance(entry.path());
    if (!instance && instance.error().code == ErrorCode::kNotFound) return ok();
    if (!instance) {
      spdlog::warn("event=quarantine_file_ignored file={} reason=\"{}\"", entry.path().string(),
                   instance.error().message);
      return ok();
    }
    const auto name = entry.path().filename().string();
    instance->file = fs::path(kQuarantineDirectory) / name;
    auto conflicts_with = instance_path(instance->series, instance->sop);
    found.push_back({name, std::move(*instance), std::move(conflicts_with)});
    return ok();
  });
  if (!listed) return std::move(listed).error();
  std::ranges::sort(found, {}, &QuarantinedInstance::name);
  return found;
}

Status Quarantine::remove(const std::string& name) {
  const Error absent{
      ErrorCode::kNotFound,
      fmt::format("there is no '{}' in quarantine; see `hilum quarantine list`", name)};
  const fs::path file = spool_ / kQuarantineDirectory / name;
  // Nothing outside of the directory, whatever the name says.
  if (name.find('/') != name.npos || name == "." || name == "..") return absent;
  if (::unlink(file.c_str()) == 0) return ok();
  return errno == ENOENT ? Status(absent) : Status(errno_error(errno, "remove", file));
}

}  // namespace hilum::scp
