#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/domain/series.h"
#include "scp/part_file.h"

namespace hilum::scp {

/// An instance that came with the UID of an accepted one and other content.
struct QuarantinedInstance {
  std::string name;                      ///< of the file in the quarantine directory
  ReceivedInstance instance;             ///< `file` is where it lies, relative to the spool
  std::filesystem::path conflicts_with;  ///< the accepted instance, relative to the spool
};

/// The directory of such instances: <SOP UID>.<start of its sha256>.dcm, so that a sender that
/// repeats itself adds nothing. Bounded in bytes: nothing is dropped for something newer, the
/// sender is told to come back later instead. The administrator's commands work on it while the
/// node runs. Thread-safe.
class Quarantine {
 public:
  /// `spool` is the spool's root.
  Quarantine(std::filesystem::path spool, std::uint64_t max_bytes)
      : spool_(std::move(spool)), max_bytes_(max_bytes) {}

  /// Keeps a finished part. Returns its path relative to the spool. kNoSpace when that would be too
  /// much.
  Result<std::filesystem::path> keep(const PartFile& part);
  /// Deletes files that came before that time. Returns how many.
  Result<int> discard(Time before);

  /// Everything in quarantine, sorted by name. Reads every file whole. What is not an instance of
  /// ours is logged and passed over.
  [[nodiscard]] Result<std::vector<QuarantinedInstance>> list() const;
  /// kNotFound when there is no such file.
  Status remove(const std::string& name);

 private:
  Result<std::uint64_t> count() const;  // needs mutex_

  const std::filesystem::path spool_;
  const std::uint64_t max_bytes_;
  std::mutex mutex_;
};

}  // namespace hilum::scp
