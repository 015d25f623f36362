#include "scp/durable_directories.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "pipeline/domain/posix_file.h"

namespace hilum::scp {

Status DurableDirectories::ensure(const std::filesystem::path& parent, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  return ensure_one(parent, name);
}

Status DurableDirectories::ensure(const std::filesystem::path& parent, std::string_view name,
                                  std::string_view below) {
  const std::scoped_lock lock(mutex_);
  if (auto made = ensure_one(parent, name); !made) return made;
  return ensure_one(parent / name, below);
}

Status DurableDirectories::sync(const std::filesystem::path& directory) const {
  return durability_ == Durability::kPowerLoss ? sync_directory(directory) : ok();
}

void DurableDirectories::remove_if_empty(const std::filesystem::path& directory) {
  const std::scoped_lock lock(mutex_);
  ::rmdir(directory.c_str());  // fails when it is not empty, or gone
}

Status DurableDirectories::ensure_one(const std::filesystem::path& parent, std::string_view name) {
  constexpr mode_t kOwnerAndGroup = 0750;
  constexpr std::size_t kMostRemembered = 10'000;
  const auto directory = parent / name;
  const bool created = ::mkdir(directory.c_str(), kOwnerAndGroup) == 0;
  if (!created && errno != EEXIST) return errno_error(errno, "create directory", directory);
  // One that exists may have been made by an earlier process that died before syncing it. One that
  // is remembered but was created just now had been deleted meanwhile.
  if (!created && durable_.contains(directory)) return ok();
  if (auto synced = sync(parent); !synced) return synced;
  if (durable_.size() >= kMostRemembered) durable_.clear();
  durable_.insert(directory);
  return ok();
}

}  // namespace hilum::scp
