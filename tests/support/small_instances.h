#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hilum::test {

/// Synthetic instances for tests of reception, written without the help of what is tested. All are
/// of one series.
struct SmallInstances {
  /// Writes `count` files of about `bytes` each, no two alike; UIDs differ from those of another
  /// `set`, and the same UIDs have something else in them with another `content`.
  SmallInstances(const std::filesystem::path& dir, int count, std::size_t bytes, int set = 1,
                 int content = 0);

  std::vector<std::filesystem::path> files;
};

/// Digests of data sets by SOP Instance UID.
using Digests = std::map<std::string, std::string>;

/// Of the accepted instances on disk; every file must be a whole one, each UID there once.
Digests on_disk(const std::filesystem::path& storage);
/// Of the rows in the database.
Digests in_database(const std::filesystem::path& storage);
/// Of these files, as they were sent.
Digests of_files(const std::vector<std::filesystem::path>& files);
/// What of `wanted` is missing in `there`, or differs; for messages.
std::set<std::string> lost(const Digests& wanted, const Digests& there);

}  // namespace hilum::test
