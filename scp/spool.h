#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/domain/posix_file.h"
#include "pipeline/domain/series.h"
#include "scp/disk_room.h"
#include "scp/durability.h"
#include "scp/durable_directories.h"
#include "scp/part_file.h"
#include "scp/quarantine.h"
#include "scp/series_guard.h"

namespace hilum::scp {

/// The received instances on disk, each bit for bit as it came:
///   parts/<n>.part                                   being received, removed by `open`
///   instances/<Study UID>/<Series UID>/<SOP UID>.dcm  accepted; never overwritten
///   virtual/<node>/<Study UID>/...                    likewise, what virtual nodes accepted
///   quarantine/<SOP UID>.<digest>.dcm                same UID as an accepted one, other content
///   trash/<n>                                        a freed series, being deleted
/// `commit` orders its steps so that a crash at any point leaves either nothing or the whole
/// instance: content synced, then linked under the final name, then the directories synced, and
/// only then success. Thread-safe; two associations may store the same instance at once. One
/// process owns a spool: a lock file in the root keeps others out.
///
/// An instance that was sent to several of our nodes has a name in the directory of each and is on
/// disk once: the names are links to one file, which lasts as long as one of them is there.
class Spool {
 public:
  struct Options {
    std::filesystem::path root;
    std::uint64_t max_data_set_bytes = std::uint64_t{4} << 30;
    /// Reception pauses (kNoSpace) while the file system has less than this left: see DiskRoom.
    std::uint64_t keep_free_bytes = std::uint64_t{1} << 30;
    std::vector<VirtualNode> virtual_nodes{};  ///< those that may receive
    /// Who says what is free; nothing: the file system.
    std::function<Result<std::uint64_t>()> free_bytes{};
    Durability durability = Durability::kPowerLoss;
    std::uint64_t max_quarantine_bytes = std::uint64_t{1} << 30;
  };
  enum class Outcome {
    kNew,
    kSameAgain,  ///< this node had it already with the same bytes: success, no second copy
  };
  struct Stored {
    ReceivedInstance instance;
    Outcome outcome;
    SeriesGuard::Hold
        hold;  ///< to be kept until the instance was reported; not longer than the spool
  };
  using Known = std::function<bool(const SeriesKey&, const SopInstanceUid&)>;
  using Take = std::function<Status(ReceivedInstance)>;

  /// Creates what is missing below `root` and removes what an earlier process left half-received or
  /// half-deleted.
  /// kConflict when another process uses the spool.
  static Result<std::unique_ptr<Spool>> open(Options options);

  /// Starts to receive an instance. kNoSpace when the disk is (nearly) full.
  Result<PartFile> begin(IncomingInstance instance);
  /// Makes a completely received instance permanent; see the class comment. Errors: kInvalidInput
  /// (unreadable, or without study or series), kUnsupported (its SOP class or instance is not the
  /// announced one), kConflict (other content under the same UID; the new file is in quarantine),
  /// kNoSpace, also when there is no room in quarantine, kInternal (the disk).
  Result<Stored> commit(PartFile part);
  /// Lists, from the files themselves, every accepted instance that `known` denies; stops at the
  /// first error that `take` returns. Unreadable files are logged and passed over.
  Status scan(const Known& known, const Take& take) const;

  /// Deletes the files of a series if `mark` says so. While `mark` runs nothing of the series is
  /// filed. Returns false, and deletes nothing, when `mark` did, or when an instance of the series
  /// has just been filed and not been reported yet. After a crash the files may be there still.
  Result<bool> free_series(const SeriesKey& key, const std::function<Result<bool>()>& mark);

  [[nodiscard]] Quarantine& quarantine() { return quarantine_; }
  /// The space of the spool's disk.
  [[nodiscard]] DiskRoom& room() { return room_; }
  [[nodiscard]] const std::filesystem::path& root() const { return options_.root; }

 private:
  Spool(Options options, UniqueFd lock);
  /// The directory of each node: the configured ones, and others that were once.
  Status find_nodes();
  Result<Outcome> place(const PartFile& part, const ReceivedInstance& instance);
  Result<Outcome> link_in_place(const PartFile& part, const ReceivedInstance& instance);
  Result<bool> link_from_another_node(const PartFile& part, const ReceivedInstance& instance);
  Status scan_node(const VirtualNode& node, const Known& known, const Take& take) const;
  Result<Outcome> compare(const PartFile& part, const ReceivedInstance& instance,
                          const std::filesystem::path& existing);
  /// Puts the part in the place of a file that is no instance at all.
  Result<Outcome> replace_damaged(const PartFile& part, const std::filesystem::path& existing);
  Error set_aside(const PartFile& part);

  const Options options_;
  const UniqueFd lock_;
  DiskRoom room_;
  std::vector<VirtualNode> nodes_;  // constant after `open`; the main one first
  std::atomic<std::uint64_t> next_part_{0};
  /// One for each instance, by hash: two nodes must not both take other content as the first.
  std::array<std::mutex, 64> placing_;
  DurableDirectories directories_;
  SeriesGuard guard_;
  Quarantine quarantine_;
};

}  // namespace hilum::scp
