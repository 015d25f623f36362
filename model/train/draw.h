#pragma once

#include <cstdint>
#include <string_view>

#include "model/splitmix.h"

namespace hilum::model::train {

/// Random numbers that are a pure function of what they are for: the seed of the run, a purpose
/// ("window", "order" ...) and two counters such as step and place in the batch. No generator state
/// outlives the object, so a run that goes on after a kill draws what it would have drawn, in any
/// number of threads and on any machine.
class Draw {
 public:
  Draw(std::uint64_t seed, std::string_view purpose, std::uint64_t first, std::uint64_t second = 0)
      : state_(splitmix64(splitmix64(splitmix64(seed + fnv1a(purpose)) + first) + kSplitMixStep +
                          second)) {}

  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in 0..count-1; `count` > 0. The bias of the modulo is below 2^-32 for any count of
  /// voxels.
  std::uint64_t below(std::uint64_t count) { return next() % count; }
  bool with_probability(double p) { return uniform() < p; }

 private:
  std::uint64_t next() { return splitmix64(state_ += kSplitMixStep); }

  std::uint64_t state_;
};

}  // namespace hilum::model::train
