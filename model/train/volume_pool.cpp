#include "model/train/volume_pool.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "model/train/draw.h"

namespace hilum::model::train {
namespace {

/// Place `at` of 0..count-1 in the order of that round.
std::int64_t shuffled(std::uint64_t seed, std::int64_t round, std::int64_t at, int count) {
  std::vector<int> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Draw draw(seed, "order", static_cast<std::uint64_t>(round));
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[draw.below(i)]);
  }
  return order[static_cast<std::size_t>(at)];
}

}  // namespace

int volume_of_visit(std::uint64_t seed, std::int64_t visit, int volumes, const VolumePool& pool) {
  const bool pooled = pool.slots > 0 && pool.slots < volumes;
  const int count = pooled ? pool.slots : volumes;
  const std::int64_t round = visit / count;
  const std::int64_t slot = shuffled(seed, round, visit % count, count);
  if (!pooled) return static_cast<int>(slot);
  const std::int64_t rounds = std::max(1, pool.rounds);
  // Slots are replaced at different times, so that the generator has steady work.
  const std::int64_t replaced = (round + slot * rounds / count) / rounds;
  return static_cast<int>((slot + count * replaced) % volumes);
}

}  // namespace hilum::model::train
