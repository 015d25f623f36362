#include "model/anatomical_sides.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/distance_transform.h"
#include "model/parallel.h"

namespace hilum::model {
namespace {

/// Beyond this distance from the plane between the lungs all is of its side, lung or not.
constexpr double kFarMm = 45;
/// Next to one lung and further from the other there is no doubt: the radius of most vessels.
constexpr float kNextToLungMm = 5;
constexpr float kNoDoubtMm = 1000;

// Where the pulmonary trunk divides, measured on 20 phantoms: 14-23 mm from the left lung, and
// 11-30 mm closer to it than to the right lung.
constexpr float kFromLeftLungMm = 19;
constexpr float kCloserToLeftMm = 18;
/// So far from the left lung its distance says nothing more.
constexpr float kLargestLeftMm = 39;

/// Distance in mm of every cell from one lung and what is surely on its side.
std::vector<float> distance_to(Side side, const LungSides& lungs) {
  const CellGrid& cells = lungs.cells;
  Mask sites{.grid = {.size = cells.size, .step_mm = cells.step_mm},
             .voxel = std::vector<std::uint8_t>(lungs.side.size(), 0)};
  const double sign = side == Side::kRight ? 1 : -1;
  for (int x = 0; x < cells.size[0]; ++x) {
    for (int y = 0; y < cells.size[1]; ++y) {
      for (int z = 0; z < cells.size[2]; ++z) {
        const std::size_t i = grid_index(cells.size, x, y, z);
        const bool far = sign * lungs.plane.distance_mm(cells.centre_mm(x, y, z)) > kFarMm;
        sites.voxel[i] = lungs.side[i] == side || (far && lungs.side[i] == Side::kNone) ? 1 : 0;
      }
    }
  }
  return distance_mm(sites);
}

/// See `AnatomicalSides::toward_right_mm`. The mean of two guesses of the border, weighted 2 : 1.
float toward_right(float to_right, float to_left) {
  to_right = std::min(to_right, kNoDoubtMm);  // a volume may hold nothing of one side
  to_left = std::min(to_left, kNoDoubtMm);
  if (to_right < std::min(kNextToLungMm, to_left)) return kNoDoubtMm;
  if (to_left < std::min(kNextToLungMm, to_right)) return -kNoDoubtMm;
  const float by_both = (to_left - to_right + kCloserToLeftMm) / 2;
  const float by_left = std::min(to_left, kLargestLeftMm) - kFromLeftLungMm;
  return (2 * by_both + by_left) / 3;
}

}  // namespace

AnatomicalSides AnatomicalSides::from(const LungSides& lungs, const Vec3& spacing_mm, int threads) {
  AnatomicalSides sides;
  sides.spacing_mm_ = spacing_mm;
  sides.cells_ = lungs.cells;
  sides.right_litres_ = lungs.right_litres;
  sides.left_litres_ = lungs.left_litres;
  if (lungs.litres() < kSmallestLungLitres) return sides;
  sides.plane_ = lungs.plane;
  std::vector<float> to_right;
  std::vector<float> to_left;
  parallel_for(2, threads, [&](int i) {
    (i == 0 ? to_right : to_left) = distance_to(i == 0 ? Side::kRight : Side::kLeft, lungs);
  });
  for (std::size_t i = 0; i < to_right.size(); ++i) {
    to_right[i] = toward_right(to_right[i], to_left[i]);
  }
  sides.toward_right_ = std::move(to_right);
  return sides;
}

PlaceBetweenLungs AnatomicalSides::place(int x, int y, int z) const {
  const Vec3 p{(x + 0.5) * spacing_mm_[0], (y + 0.5) * spacing_mm_[1], (z + 0.5) * spacing_mm_[2]};
  return {.from_plane_mm = plane_.distance_mm(p),
          .anterior_mm = plane_.normal[0] * p[1] - plane_.normal[1] * p[0],
          .superior_mm = p[2]};
}

std::string AnatomicalSides::describe() const {
  if (!found()) {
    return "no lungs found to tell left from right: classes with a side are left out";
  }
  return fmt::format("sides by anatomy: {:.1f} l of aerated right lung, {:.1f} l of left",
                     right_litres_, left_litres_);
}

}  // namespace hilum::model
