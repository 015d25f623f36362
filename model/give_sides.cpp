#include "model/give_sides.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "model/parallel.h"
#include "model/sides.h"
#include "model/vessel_turn.h"

namespace hilum::model {
namespace {

/// One vessel's probabilities over the crop; null for a side that no class is about.
struct VesselView {
  float* left;
  float* right;
  GridSize size;
  GridSize start;  ///< of the crop on the model grid

  [[nodiscard]] float vessel(std::size_t i) const {
    return std::max(left != nullptr ? left[i] : 0, right != nullptr ? right[i] : 0);
  }
};

/// Calls `visit(i, z, border)` for every voxel of row (x, y) of the crop: its place in the arrays
/// and how far right of the border it lies.
template <class Visit>
void for_each_voxel(const VesselView& vessel, const AnatomicalSides& sides, int x, int y,
                    const Visit& visit) {
  const std::size_t row = grid_index(vessel.size, x, y, 0);
  sides.for_each_run(x + vessel.start[0], y + vessel.start[1], vessel.start[2],
                     vessel.start[2] + vessel.size[2], [&](int begin, int end, float border) {
                       for (int z = begin; z < end; ++z) {
                         visit(row + static_cast<std::size_t>(z - vessel.start[2]), z, border);
                       }
                     });
}

bool between_lungs(float border) { return std::abs(border) <= AnatomicalSides::kCrossingMm; }

VesselCourse course_of(const VesselView& vessel, const AnatomicalSides& sides,
                       const SideOptions& options) {
  const auto threshold = static_cast<float>(options.threshold);
  std::vector<VesselCourse> of_plane(static_cast<std::size_t>(vessel.size[0]),
                                     VesselCourse(sides.voxel_mm3()));
  parallel_for(vessel.size[0], options.threads, [&](int x) {
    for (int y = 0; y < vessel.size[1]; ++y) {
      for_each_voxel(vessel, sides, x, y, [&](std::size_t i, int z, float border) {
        if (!between_lungs(border) || vessel.vessel(i) <= threshold) return;
        const PlaceBetweenLungs place = sides.place(x + vessel.start[0], y + vessel.start[1], z);
        of_plane[static_cast<std::size_t>(x)].add(place, border);
      });
    }
  });
  VesselCourse all(sides.voxel_mm3());
  for (const VesselCourse& one : of_plane) all.add(one);
  return all;
}

void give_sides(const VesselView& vessel, const AnatomicalSides& sides,
                const SideOptions& options) {
  const std::optional<VesselTurn> turn = course_of(vessel, sides, options).turn();
  parallel_for(vessel.size[0], options.threads, [&](int x) {
    for (int y = 0; y < vessel.size[1]; ++y) {
      for_each_voxel(vessel, sides, x, y, [&](std::size_t i, int z, float border) {
        const bool is_right =
            turn && between_lungs(border)
                ? turn->is_right(sides.place(x + vessel.start[0], y + vessel.start[1], z))
                : border > 0;
        const float p = vessel.vessel(i);
        if (vessel.left != nullptr) vessel.left[i] = is_right ? 0 : p;
        if (vessel.right != nullptr) vessel.right[i] = is_right ? p : 0;
      });
    }
  });
}

}  // namespace

std::vector<SidedVessel> sided_vessels(std::span<const ModelClass> classes) {
  std::vector<SidedVessel> vessels;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const Side side = side_of(classes[k].segment);
    if (side == Side::kNone) continue;
    const auto partners = partners_of(k, classes);
    const bool paired =
        partners.size() == 1 &&
        partners_of(static_cast<std::size_t>(partners.front()), classes).size() == 1;
    if (paired && side == Side::kRight) continue;  // comes with the left one
    SidedVessel vessel;
    (side == Side::kLeft ? vessel.left : vessel.right) = static_cast<int>(k);
    if (paired) vessel.right = partners.front();
    vessels.push_back(vessel);
  }
  return vessels;
}

void give_sides(std::span<float> value, const Box& crop, std::span<const SidedVessel> vessels,
                const AnatomicalSides& sides, const SideOptions& options) {
  if (value.empty()) return;
  const std::size_t voxels = voxel_count(crop.size());
  const auto values_of = [&](const std::optional<int>& k) {
    return k ? value.data() + static_cast<std::size_t>(*k) * voxels : nullptr;
  };
  if (!sides.found()) {
    for (const SidedVessel& vessel : vessels) {
      for (float* values : {values_of(vessel.left), values_of(vessel.right)}) {
        if (values != nullptr) std::fill_n(values, voxels, 0.0F);
      }
    }
    return;
  }
  for (const SidedVessel& vessel : vessels) {
    give_sides({.left = values_of(vessel.left),
                .right = values_of(vessel.right),
                .size = crop.size(),
                .start = crop.start},
               sides, options);
  }
}

}  // namespace hilum::model
