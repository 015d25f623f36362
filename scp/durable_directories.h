#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string_view>

#include "pipeline/domain/result.h"
#include "scp/durability.h"

namespace hilum::scp {

/// Creates directories so that their entries survive a crash, and remembers which ones are known to
/// be durable: syncing a directory costs a disk flush even when nothing changed, which would halve
/// the speed of reception. Thread-safe.
class DurableDirectories {
 public:
  /// With kProcessCrash nothing is synced, and "durable" means that it is there.
  explicit DurableDirectories(Durability durability) : durability_(durability) {}

  /// Creates `parent`/`name` unless it exists; on success the entry is durable, whoever made it.
  Status ensure(const std::filesystem::path& parent, std::string_view name);
  /// The same for `parent`/`name`/`below`, both; `remove_if_empty` does not get in between.
  Status ensure(const std::filesystem::path& parent, std::string_view name, std::string_view below);
  /// Makes the entries of a directory durable.
  Status sync(const std::filesystem::path& directory) const;
  /// Removes a directory unless something is in it.
  void remove_if_empty(const std::filesystem::path& directory);

 private:
  Status ensure_one(const std::filesystem::path& parent, std::string_view name);  // needs mutex_

  const Durability durability_;
  /// Held while a new directory is synced, so whoever finds it existing finds it durable.
  std::mutex mutex_;
  std::set<std::filesystem::path> durable_;  // guarded by mutex_
};

}  // namespace hilum::scp
