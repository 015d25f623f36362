#include "pipeline/series_assembler.h"

#include <algorithm>

namespace hilum::pipeline {

void SeriesAssembler::instance_added(const SeriesKey& key, const SopInstanceUid& sop,
                                     Association association, std::optional<int> expected,
                                     Time now) {
  auto [entry, is_new] = series_.try_emplace(key);
  Waiting& waiting = entry->second;
  if (is_new) waiting.first = now;
  waiting.last = now;
  waiting.associations.insert(association);
  waiting.instances.insert(sop);
  if (expected && *expected > 0) waiting.expected = expected;
}

void SeriesAssembler::association_closed(Association association, Time now) {
  for (auto& [key, waiting] : series_) {
    if (waiting.associations.erase(association) > 0) waiting.last = now;
  }
}

void SeriesAssembler::restore(const OpenSeries& series, Time now) {
  auto [entry, is_new] = series_.try_emplace(series.key);
  Waiting& waiting = entry->second;
  if (is_new) {
    waiting.first = series.first_received_at;
    // The sender may just be coming back after our restart: give it a whole quiet period.
    waiting.last = now;
  }
  waiting.instances_before = series.instances;
  if (series.expected) waiting.expected = series.expected;
}

bool SeriesAssembler::is_receiving(const SeriesKey& key) const {
  const auto found = series_.find(key);
  return found != series_.end() && !found->second.associations.empty();
}

std::vector<SeriesKey> SeriesAssembler::take_complete(Time now) {
  std::vector<SeriesKey> complete;
  for (auto entry = series_.begin(); entry != series_.end();) {
    if (due(entry->second) <= now) {
      complete.push_back(entry->first);
      entry = series_.erase(entry);
    } else {
      ++entry;
    }
  }
  return complete;
}

std::optional<Time> SeriesAssembler::next_deadline() const {
  std::optional<Time> earliest;
  for (const auto& [key, waiting] : series_) {
    const Time time = due(waiting);
    if (!earliest || time < *earliest) earliest = time;
  }
  return earliest;
}

Time SeriesAssembler::due(const Waiting& waiting) const {
  const auto count = waiting.instances_before + static_cast<int>(waiting.instances.size());
  if (waiting.expected && count >= *waiting.expected) return waiting.last;
  const Time at_the_latest = waiting.first + options_.longest_wait;
  if (!waiting.associations.empty()) return at_the_latest;
  return std::min(waiting.last + options_.quiet_period, at_the_latest);
}

}  // namespace hilum::pipeline
