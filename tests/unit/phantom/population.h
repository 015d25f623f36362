#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/phantom/morphometry.h"

namespace hilum::test {

/// What is known of one patient of the population without an image of him.
struct Member {
  std::uint64_t seed = 0;
  phantom::BodyPlan plan{};
  phantom::Morphometry morphometry;
  std::vector<phantom::TreeNode> artery;
  /// Of each truth value at 1.5 mm, largest first; for every third patient, empty for the others.
  std::array<std::vector<int>, 5> components;
};

/// 20 patients, grown once, two at a time.
const std::vector<Member>& population();

/// Mean over the population.
template <class Value>
double mean_of(Value value) {
  double sum = 0;
  for (const Member& member : population()) sum += value(member);
  return sum / static_cast<double>(population().size());
}

}  // namespace hilum::test
