#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "pipeline/domain/posix_file.h"
#include "pipeline/domain/series.h"
#include "scp/durable_directories.h"
#include "scp/part_file.h"

namespace hilum::scp {

/// The received instances on disk, each bit for bit as it came:
///   parts/<n>.part                                   being received, removed by `open`
///   instances/<Study UID>/<Series UID>/<SOP UID>.dcm  accepted; never overwritten
///   quarantine/<SOP UID>.<n>.dcm                     same UID as an accepted one, other content
/// `commit` orders its steps so that a crash at any point leaves either nothing or the whole
/// instance: content synced, then linked under the final name, then the directories synced, and
/// only then success. Thread-safe; two associations may store the same instance at once. One
/// process owns a spool: a lock file in the root keeps others out.
class Spool {
 public:
  struct Options {
    std::filesystem::path root;
    std::uint64_t max_data_set_bytes = std::uint64_t{4} << 30;
    /// Instances are refused (kNoSpace) while the file system has less than this left.
    std::uint64_t keep_free_bytes = std::uint64_t{1} << 30;
  };
  enum class Outcome {
    kNew,
    kSameAgain,  ///< it was there already with the same bytes: success, no second copy
  };
  struct Stored {
    ReceivedInstance instance;
    Outcome outcome;
  };
  using Known = std::function<bool(const SeriesKey&, const SopInstanceUid&)>;
  using Take = std::function<Status(ReceivedInstance)>;

  /// Creates what is missing below `root` and removes what an earlier process left half-received.
  /// kConflict when another process uses the spool.
  static Result<std::unique_ptr<Spool>> open(Options options);

  /// Starts to receive an instance. kNoSpace when the disk is (nearly) full.
  Result<PartFile> begin(IncomingInstance instance);
  /// Makes a completely received instance permanent; see the class comment. Errors: kInvalidInput
  /// (unreadable, or without study or series), kUnsupported (its SOP class or instance is not the
  /// announced one), kConflict (other content under the same UID; the new file is in quarantine),
  /// kNoSpace, kInternal (the disk).
  Result<Stored> commit(PartFile part);
  /// Lists, from the files themselves, every accepted instance that `known` denies; stops at the
  /// first error that `take` returns. Unreadable files are logged and passed over.
  Status scan(const Known& known, const Take& take) const;

  [[nodiscard]] Result<std::uint64_t> free_bytes() const;
  [[nodiscard]] const std::filesystem::path& root() const { return options_.root; }

 private:
  explicit Spool(Options options, UniqueFd lock);
  Result<Outcome> place(const PartFile& part, const ReceivedInstance& instance);
  Result<Outcome> compare(const PartFile& part, const ReceivedInstance& instance,
                          const std::filesystem::path& existing);
  Result<Outcome> quarantine(const PartFile& part);

  const Options options_;
  const UniqueFd lock_;
  std::atomic<std::uint64_t> next_part_{0};
  DurableDirectories directories_;
};

}  // namespace hilum::scp
