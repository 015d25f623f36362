#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum::scp {

/// Creates directories so that their entries survive a crash, and remembers which ones are known to
/// be durable: syncing a directory costs a disk flush even when nothing changed, which would halve
/// the speed of reception. Thread-safe.
class DurableDirectories {
 public:
  /// Creates `parent`/`name` unless it exists; on success the entry is durable, whoever made it.
  Status ensure(const std::filesystem::path& parent, std::string_view name);

 private:
  /// Held while a new directory is synced, so whoever finds it existing finds it durable.
  std::mutex mutex_;
  std::set<std::filesystem::path> durable_;  // guarded by mutex_
};

}  // namespace hilum::scp
