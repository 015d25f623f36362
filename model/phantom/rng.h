#pragma once

#include <cstdint>
#include <string_view>

#include "model/phantom/vec.h"

namespace hilum::phantom {

/// SplitMix64 with our own distributions, so that a seed gives the same patient with every standard
/// library. Seed and stream name are hashed first: SplitMix64 states that differ by a multiple of
/// its step give shifted copies of one sequence. Not thread-safe.
class Rng {
 public:
  /// `stream` separates the uses of one seed: more draws in one stream leave the others as they
  /// are, so a new lesion does not change the anatomy.
  Rng(std::uint64_t seed, std::string_view stream);

  std::uint64_t next();
  /// In [0, 1), 53 bits.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in the logarithm; both bounds positive.
  double log_uniform(double low, double high);
  /// Standard normal (Marsaglia's polar method).
  double normal();
  /// Normal, redrawn until within `limit` standard deviations of `mean`.
  double normal(double mean, double sd, double limit = 2.0);
  /// Zero mean, unit variance, bounded by +-3.5: the sum of four 16-bit uniforms from one draw.
  /// For voxel noise, where `normal` would be too slow.
  float noise();
  /// In [0, count); count > 0.
  int index(int count);
  bool chance(double probability) { return uniform() < probability; }
  /// Unit vector, uniform on the sphere.
  Vec direction();
  /// Three independent normals with standard deviation `sd`.
  Vec normal_vec(double sd);

 private:
  std::uint64_t state_;
  bool has_spare_ = false;
  double spare_ = 0;
};

}  // namespace hilum::phantom
