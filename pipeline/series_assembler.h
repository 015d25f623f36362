#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "pipeline/domain/ports.h"
#include "pipeline/domain/series.h"

namespace hilum::pipeline {

/// Knows when a series is complete (adr/0003-series-complete.md): at once when the stated number of
/// instances has arrived; otherwise when no association that brought some of it is open any more
/// and nothing has happened for the quiet period; in any case after the longest wait.
///
/// Pure: time comes in as an argument, nothing is read or written. Not thread-safe.
class SeriesAssembler {
 public:
  struct Options {
    std::chrono::milliseconds quiet_period{std::chrono::seconds(10)};
    std::chrono::milliseconds longest_wait{std::chrono::hours(1)};
  };
  using Association = std::uint64_t;

  explicit SeriesAssembler(Options options) : options_(options) {}

  /// An instance arrived that the series did not have before.
  void instance_added(const SeriesKey& key, const SopInstanceUid& sop, Association association,
                      std::optional<int> expected, Time now);
  /// Nothing more will come from this association.
  void association_closed(Association association, Time now);
  /// A series that was open when the node last stopped; its associations are gone.
  void restore(const OpenSeries& series, Time now);

  /// It was closed otherwise.
  void forget(const SeriesKey& key) { series_.erase(key); }
  /// Whether an association that brought some of it is open.
  [[nodiscard]] bool is_receiving(const SeriesKey& key) const;

  /// Removes and returns the series that are complete at `now`.
  std::vector<SeriesKey> take_complete(Time now);
  /// When `take_complete` can next return something, if nothing else happens.
  [[nodiscard]] std::optional<Time> next_deadline() const;
  [[nodiscard]] std::size_t waiting() const { return series_.size(); }

 private:
  struct Waiting {
    Time first;
    Time last;
    std::set<Association> associations;
    int instances_before = 0;  ///< known from before a restart
    std::set<SopInstanceUid> instances;
    std::optional<int> expected;
  };
  [[nodiscard]] Time due(const Waiting& waiting) const;

  Options options_;
  std::map<SeriesKey, Waiting> series_;
};

}  // namespace hilum::pipeline
