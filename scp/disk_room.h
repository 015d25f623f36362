#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>

#include "pipeline/domain/result.h"

namespace hilum::scp {

/// Watches the space of the spool's disk, so that reception pauses before the disk is full and goes
/// on by itself. Three thresholds, counted in free bytes:
///   resume = low + low / 4   reception that paused goes on; above it there is plenty
///   low                      nothing new is begun; what is under way goes on
///   floor  = low / 2         what is under way is refused as well: the rest belongs to the
///   database
///                            and to results
/// With `low` 0 nothing is ever refused by this class. The file system is asked at most every
/// `kLookEvery`; in between, what all associations together write is subtracted. Logs once when
/// reception pauses and once when it goes on. Thread-safe.
class DiskRoom {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLookEvery{100};

  enum class Level {
    kPlenty,
    kScarce,  ///< below `resume`: nothing is refused yet
    kLow,     ///< reception pauses, from below `low` until `resume` is reached again
  };
  /// What the class asks.
  struct Probe {
    std::function<Result<std::uint64_t>()> free_bytes;
    std::function<Clock::time_point()> now = [] { return Clock::now(); };
  };

  DiskRoom(std::filesystem::path directory, std::uint64_t low_bytes, Probe probe);
  DiskRoom(const DiskRoom&) = delete;
  DiskRoom& operator=(const DiskRoom&) = delete;

  /// Errors: those of asking the file system.
  Result<Level> level();
  /// The same, asking it now.
  Result<Level> level_now();
  /// Whether a new object may be begun; kNoSpace while reception pauses.
  Status admit();
  /// Counts `bytes` that are about to be written to an object under way; kNoSpace when that would
  /// leave less than the floor.
  Status charge(std::uint64_t bytes);
  /// What an administrator can do and when reception goes on, for messages.
  [[nodiscard]] std::string advice() const;

 private:
  Status look_if_due();  // needs mutex_
  void note_level();     // needs mutex_
  std::uint64_t estimate() const { return free_ > charged_ ? free_ - charged_ : 0; }

  const std::filesystem::path directory_;
  const std::uint64_t low_;
  const std::uint64_t resume_;
  const std::uint64_t floor_;
  const Probe probe_;
  std::mutex mutex_;
  // All guarded by mutex_:
  bool looked_ = false;
  Clock::time_point looked_at_;
  std::uint64_t free_ = 0;     ///< at the last look
  std::uint64_t charged_ = 0;  ///< written since
  bool paused_ = false;
  Clock::time_point paused_at_;
};

/// Bytes that this process may still write to the file system of `directory`.
Result<std::uint64_t> free_bytes_at(const std::filesystem::path& directory);

}  // namespace hilum::scp
