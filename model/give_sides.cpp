#include "model/give_sides.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "model/parallel.h"
#include "model/sides.h"
#include "model/vessel_turn.h"

namespace hilum::model {
namespace {

/// One pair's probabilities over the crop.
struct PairView {
  float* left;
  float* right;
  GridSize size;
  GridSize start;  ///< of the crop on the model grid

  [[nodiscard]] float vessel(std::size_t i) const { return std::min(1.0F, left[i] + right[i]); }
};

/// Calls `visit(i, z, border)` for every voxel of row (x, y) of the crop: its place in the arrays
/// and how far right of the border it lies.
template <class Visit>
void for_each_voxel(const PairView& pair, const AnatomicalSides& sides, int x, int y,
                    const Visit& visit) {
  const std::size_t row = grid_index(pair.size, x, y, 0);
  sides.for_each_run(x + pair.start[0], y + pair.start[1], pair.start[2],
                     pair.start[2] + pair.size[2], [&](int begin, int end, float border) {
                       for (int z = begin; z < end; ++z) {
                         visit(row + static_cast<std::size_t>(z - pair.start[2]), z, border);
                       }
                     });
}

bool between_lungs(float border) { return std::abs(border) <= AnatomicalSides::kCrossingMm; }

VesselCourse course_of(const PairView& pair, const AnatomicalSides& sides,
                       const SideOptions& options) {
  const auto threshold = static_cast<float>(options.threshold);
  std::vector<VesselCourse> of_plane(static_cast<std::size_t>(pair.size[0]),
                                     VesselCourse(sides.voxel_mm3()));
  parallel_for(pair.size[0], options.threads, [&](int x) {
    for (int y = 0; y < pair.size[1]; ++y) {
      for_each_voxel(pair, sides, x, y, [&](std::size_t i, int z, float border) {
        if (!between_lungs(border) || pair.vessel(i) <= threshold) return;
        const PlaceBetweenLungs place = sides.place(x + pair.start[0], y + pair.start[1], z);
        of_plane[static_cast<std::size_t>(x)].add(place, border);
      });
    }
  });
  VesselCourse all(sides.voxel_mm3());
  for (const VesselCourse& one : of_plane) all.add(one);
  return all;
}

void give_sides(const PairView& pair, const AnatomicalSides& sides, const SideOptions& options) {
  const std::optional<VesselTurn> turn = course_of(pair, sides, options).turn();
  parallel_for(pair.size[0], options.threads, [&](int x) {
    for (int y = 0; y < pair.size[1]; ++y) {
      for_each_voxel(pair, sides, x, y, [&](std::size_t i, int z, float border) {
        const bool is_right =
            turn && between_lungs(border)
                ? turn->is_right(sides.place(x + pair.start[0], y + pair.start[1], z))
                : border > 0;
        const float vessel = pair.vessel(i);
        pair.left[i] = is_right ? 0 : vessel;
        pair.right[i] = is_right ? vessel : 0;
      });
    }
  });
}

}  // namespace

std::vector<VesselPair> vessel_pairs(std::span<const ModelClass> classes) {
  std::vector<VesselPair> pairs;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (side_of(classes[i].segment) != Side::kLeft) continue;
    const auto right = partners_of(i, classes);
    if (right.size() != 1 ||
        partners_of(static_cast<std::size_t>(right.front()), classes).size() != 1) {
      continue;
    }
    pairs.push_back({.left = static_cast<int>(i), .right = right.front()});
  }
  return pairs;
}

void give_sides(std::span<float> value, const Box& crop, std::span<const VesselPair> pairs,
                const AnatomicalSides& sides, const SideOptions& options) {
  if (!sides.found() || value.empty()) return;
  const std::size_t voxels = voxel_count(crop.size());
  for (const VesselPair& pair : pairs) {
    give_sides({.left = value.data() + static_cast<std::size_t>(pair.left) * voxels,
                .right = value.data() + static_cast<std::size_t>(pair.right) * voxels,
                .size = crop.size(),
                .start = crop.start},
               sides, options);
  }
}

}  // namespace hilum::model
