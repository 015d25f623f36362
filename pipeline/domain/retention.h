#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "pipeline/domain/result.h"
#include "pipeline/domain/series.h"

/// How long files are kept: the types that `pipeline/retention` and the job store share.
namespace hilum {

/// The files of a closed series at rest (nothing runs, nothing is on its way) may be freed when the
/// last thing that happened to it is older than the limit of its kind. Nothing: never.
struct RetentionLimits {
  /// The newest job is delivered, to at least one destination.
  std::optional<Time> delivered_before{};
  /// The rules decided against segmenting it.
  std::optional<Time> not_segmented_before{};
  /// Its newest job has failed, was cancelled, or had no destination: this node may hold the only
  /// copy of the result, or somebody still wants one.
  std::optional<Time> undelivered_before{};
};

/// What the store let go of; the bytes are still to be deleted.
struct FreedSeries {
  int instances = 0;
  std::vector<std::filesystem::path> results;  ///< relative to the results directory
};

/// The part of the node's memory that knows which files are needed. Every method is one
/// transaction.
class RetentionStore {
 public:
  virtual ~RetentionStore() = default;
  /// Series that have files and are beyond their limit, the longest at rest first.
  virtual Result<std::vector<SeriesKey>> series_to_free(const RetentionLimits& limits,
                                                        int limit) = 0;
  /// Records, durably, that the files of a series are not needed any more: its instances have no
  /// file from now on, its jobs no result file. Nothing when the series is not beyond its limit any
  /// more: looked at again in the same transaction.
  virtual Result<std::optional<FreedSeries>> free_series(const SeriesKey& key,
                                                         const RetentionLimits& limits,
                                                         Time now) = 0;
  /// Whether a file of the results directory belongs to freed jobs alone.
  virtual Result<bool> result_was_freed(const std::filesystem::path& file) = 0;
  /// Deletes what is known of at most `limit` series whose files were freed before that time, jobs
  /// and history included. Returns how many.
  virtual Result<int> forget_series(Time freed_before, int limit) = 0;
};

}  // namespace hilum
