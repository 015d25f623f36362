#include "model/examine/label_pass.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "model/parallel.h"

namespace hilum::model::examine {
namespace {

constexpr std::size_t kLabels = 256;

bool eight_zeros(const std::uint8_t* label) {
  std::uint64_t all = 0;
  std::memcpy(&all, label, sizeof all);
  return all == 0;
}

void tally_slice(const Volume& volume, const LabelMap& labels, int z,
                 std::vector<LabelTally>& tallies) {
  const Geometry& geometry = volume.geometry;
  for (int y = 0; y < geometry.size[1]; ++y) {
    const std::size_t row = geometry.index(z, y, 0);
    const std::uint8_t* label = labels.label.data() + row;
    const std::int16_t* hu = volume.hu.data() + row;
    for (int x = 0; x < geometry.size[2]; ++x) {
      if (geometry.size[2] - x >= 8 && eight_zeros(label + x)) {  // nearly all of a chest
        x += 7;
        continue;
      }
      if (label[x] == 0) continue;
      tallies[label[x]].add({.voxels = 1,
                             .hu = hu[x],
                             .hu_squared = std::int64_t{hu[x]} * hu[x],
                             .lo = {z, y, x},
                             .hi = {z + 1, y + 1, x + 1}});
    }
  }
}

}  // namespace

void LabelTally::add(const LabelTally& other) {
  if (other.voxels == 0) return;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    lo[axis] = voxels == 0 ? other.lo[axis] : std::min(lo[axis], other.lo[axis]);
    hi[axis] = std::max(hi[axis], other.hi[axis]);
  }
  voxels += other.voxels;
  hu += other.hu;
  hu_squared += other.hu_squared;
}

std::vector<LabelTally> tally_labels(const Volume& volume, const LabelMap& labels, int threads) {
  std::vector<LabelTally> total(kLabels);
  std::mutex lock;
  parallel_for(volume.geometry.size[0], threads, [&](int z) {
    std::vector<LabelTally> tallies(kLabels);
    tally_slice(volume, labels, z, tallies);
    const std::lock_guard hold(lock);
    for (std::size_t k = 0; k < kLabels; ++k) total[k].add(tallies[k]);
  });
  return total;
}

}  // namespace hilum::model::examine
