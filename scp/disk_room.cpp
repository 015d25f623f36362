#include "scp/disk_room.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "pipeline/domain/posix_file.h"

namespace hilum::scp {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

std::uint64_t resume_mark(std::uint64_t low) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  return low > kMost - low / 4 ? kMost : low + low / 4;
}

double gib(std::uint64_t bytes) { return static_cast<double>(bytes) / kGiB; }

}  // namespace

Result<std::uint64_t> free_bytes_at(const std::filesystem::path& directory) {
  struct statvfs info {};
  if (::statvfs(directory.c_str(), &info) != 0) {
    return errno_error(errno, "query the free space of", directory);
  }
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

DiskRoom::DiskRoom(std::filesystem::path directory, std::uint64_t low_bytes, Probe probe)
    : directory_(std::move(directory)),
      low_(low_bytes),
      resume_(resume_mark(low_bytes)),
      floor_(low_bytes / 2),
      probe_(std::move(probe)) {}

Result<DiskRoom::Level> DiskRoom::level() {
  if (low_ == 0) return Level::kPlenty;
  const std::scoped_lock lock(mutex_);
  if (auto looked = look_if_due(); !looked) return std::move(looked).error();
  if (paused_) return Level::kLow;
  return estimate() < resume_ ? Level::kScarce : Level::kPlenty;
}

Result<DiskRoom::Level> DiskRoom::level_now() {
  {
    const std::scoped_lock lock(mutex_);
    looked_ = false;
  }
  return level();
}

Status DiskRoom::admit() {
  auto now = level();
  if (!now) return std::move(now).error();
  if (*now != Level::kLow) return ok();
  return Error{ErrorCode::kNoSpace, "reception pauses: " + advice()};
}

Status DiskRoom::charge(std::uint64_t bytes) {
  if (low_ == 0) return ok();
  const std::scoped_lock lock(mutex_);
  if (auto looked = look_if_due(); !looked) return looked;
  const std::uint64_t left = estimate();
  if (left < floor_ || left - floor_ < bytes) {
    return Error{ErrorCode::kNoSpace, "half of the reserve is used up: " + advice()};
  }
  charged_ += bytes;
  note_level();
  return ok();
}

Status DiskRoom::look_if_due() {
  const auto now = probe_.now();
  if (looked_ && now - looked_at_ < kLookEvery) return ok();
  auto found = probe_.free_bytes();
  if (!found) return std::move(found).error();
  looked_ = true;
  looked_at_ = now;
  free_ = *found;
  charged_ = 0;
  note_level();
  return ok();
}

void DiskRoom::note_level() {
  const std::uint64_t left = estimate();
  if (!paused_ && left < low_) {
    paused_ = true;
    paused_at_ = looked_at_;
    spdlog::error("event=reception_paused free_gib={:.2f} reason=\"{}\"", gib(left), advice());
  } else if (paused_ && left >= resume_) {
    paused_ = false;
    spdlog::info("event=reception_resumed free_gib={:.2f} paused_s={}", gib(left),
                 std::chrono::duration_cast<std::chrono::seconds>(looked_at_ - paused_at_).count());
  }
}

std::string DiskRoom::advice() const {
  return fmt::format(
      "the disk of {} has less than {:.4g} GiB free; make room there, keep files for a shorter "
      "time (storage.keep_...) or lower storage.min_free_gib; it goes on by itself at {:.4g} GiB",
      directory_.string(), gib(low_), gib(resume_));
}

}  // namespace hilum::scp
