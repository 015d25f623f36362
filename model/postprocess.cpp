#include "model/postprocess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "model/parallel.h"

namespace hilum::model {
namespace {

/// Eight array offsets around a point and their trilinear weights.
struct Cell {
  std::array<std::size_t, 8> offset;
  std::array<float, 8> weight;
};

/// A point of the crop, by its lower corner and the fractions beyond it.
struct Place {
  GridSize low;
  std::array<float, 3> fraction;
};

class Interpolator {
 public:
  Interpolator(const Probabilities& p, double threshold)
      : value_(p.value.data()),
        classes_(p.classes),
        size_(p.crop.size()),
        voxels_(voxel_count(size_)),
        threshold_(static_cast<float>(threshold)),
        may_be_labelled_(cells_above(p)) {}

  /// The label at crop coordinates `p`.
  [[nodiscard]] std::uint8_t label_at(const Vec3& p) const {
    const auto place = locate(p);
    if (!place) return 0;
    const std::size_t at = grid_index(size_, place->low[0], place->low[1], place->low[2]);
    if (may_be_labelled_[at] == 0) return 0;
    return best_class(cell_of(*place, at));
  }

 private:
  [[nodiscard]] std::optional<Place> locate(const Vec3& p) const {
    // The edge of the outermost voxels, with room for rounding of the affine maps.
    constexpr double kEdge = 0.5 + 1e-6;
    Place place{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double last = size_[axis] - 1;
      if (p[axis] < -kEdge || p[axis] > last + kEdge) return std::nullopt;
      const double inside = std::clamp(p[axis], 0.0, last);
      place.low[axis] = static_cast<int>(inside);
      place.fraction[axis] = static_cast<float>(inside - place.low[axis]);
    }
    return place;
  }

  [[nodiscard]] Cell cell_of(const Place& place, std::size_t at) const {
    const std::array<std::size_t, 3> stride{
        static_cast<std::size_t>(size_[1]) * static_cast<std::size_t>(size_[2]),
        static_cast<std::size_t>(size_[2]), 1};
    Cell cell{};
    for (std::size_t corner = 0; corner < 8; ++corner) {
      std::size_t offset = at;
      float weight = 1;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const bool upper = (corner >> axis & 1U) != 0;
        weight *= upper ? place.fraction[axis] : 1 - place.fraction[axis];
        if (upper && place.low[axis] + 1 < size_[axis]) offset += stride[axis];
      }
      cell.offset[corner] = offset;
      cell.weight[corner] = weight;
    }
    return cell;
  }

  [[nodiscard]] std::uint8_t best_class(const Cell& cell) const {
    float best = threshold_;
    std::uint8_t label = 0;
    for (int k = 0; k < classes_; ++k) {
      const float* values = value_ + static_cast<std::size_t>(k) * voxels_;
      float p = 0;
      for (std::size_t corner = 0; corner < 8; ++corner) {
        p += cell.weight[corner] * values[cell.offset[corner]];
      }
      if (p > best) {
        best = p;
        label = static_cast<std::uint8_t>(k + 1);
      }
    }
    return label;
  }

  /// 1 where any corner of the cell above a voxel exceeds the threshold in any class. An
  /// interpolated value never exceeds its corners, so all other cells are background and nine in
  /// ten source voxels are done after one look-up.
  [[nodiscard]] std::vector<std::uint8_t> cells_above(const Probabilities& p) const {
    std::vector<std::uint8_t> above(voxels_, 0);
    for (int k = 0; k < classes_; ++k) {
      const auto values = p.value.subspan(static_cast<std::size_t>(k) * voxels_, voxels_);
      for (std::size_t i = 0; i < voxels_; ++i) above[i] |= values[i] > threshold_;
    }
    const auto spread = [&](std::size_t axis, std::size_t stride) {
      for (int x = 0; x + (axis == 0) < size_[0]; ++x) {
        for (int y = 0; y + (axis == 1) < size_[1]; ++y) {
          for (int z = 0; z + (axis == 2) < size_[2]; ++z) {
            const std::size_t i = grid_index(size_, x, y, z);
            above[i] |= above[i + stride];
          }
        }
      }
    };
    spread(2, 1);
    spread(1, static_cast<std::size_t>(size_[2]));
    spread(0, static_cast<std::size_t>(size_[1]) * static_cast<std::size_t>(size_[2]));
    return above;
  }

  const float* value_;
  int classes_;
  GridSize size_;
  std::size_t voxels_;
  float threshold_;
  std::vector<std::uint8_t> may_be_labelled_;
};

}  // namespace

LabelMap labels_on_source(const Geometry& source, const Probabilities& probabilities,
                          const LabelOptions& options) {
  LabelMap map{.geometry = source, .label = std::vector<std::uint8_t>(source.voxel_count(), 0)};
  if (probabilities.crop.empty()) return map;

  const Interpolator interpolator(probabilities, options.threshold);
  Affine to_crop = inverse(probabilities.grid.to_source);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    to_crop[axis * 4 + 3] -= probabilities.crop.start[axis];
  }
  const Vec3 step = column(to_crop, 0);
  parallel_for(source.size[0], options.threads, [&](int z) {
    for (int y = 0; y < source.size[1]; ++y) {
      const Vec3 start = transform(to_crop, {0, static_cast<double>(y), static_cast<double>(z)});
      std::uint8_t* out = map.label.data() + source.index(z, y, 0);
      for (int x = 0; x < source.size[2]; ++x) {
        out[x] = interpolator.label_at(
            {start[0] + x * step[0], start[1] + x * step[1], start[2] + x * step[2]});
      }
    }
  });
  return map;
}

}  // namespace hilum::model
