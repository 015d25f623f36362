#include "scp/series_guard.h"

namespace hilum::scp {

SeriesGuard::Hold SeriesGuard::hold(const SeriesKey& key) {
  std::unique_lock lock(mutex_);
  State& state = series_[key];  // stays where it is while anybody holds it
  ++state.holds;
  changed_.wait(lock, [&] { return !state.claimed; });
  return {*this, key, Hold::Kind::kFiling};
}

std::optional<SeriesGuard::Hold> SeriesGuard::try_claim(const SeriesKey& key) {
  const std::scoped_lock lock(mutex_);
  if (!series_.try_emplace(key, State{.holds = 0, .claimed = true}).second) return std::nullopt;
  return Hold(*this, key, Hold::Kind::kFreeing);
}

void SeriesGuard::let_go(const SeriesKey& key, Hold::Kind kind) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = series_.find(key);
    State& state = found->second;
    if (kind == Hold::Kind::kFreeing) {
      state.claimed = false;
    } else {
      --state.holds;
    }
    if (state.holds == 0) series_.erase(found);
  }
  changed_.notify_all();
}

}  // namespace hilum::scp
