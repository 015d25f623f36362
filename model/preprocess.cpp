#include "model/preprocess.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/parallel.h"

namespace hilum::model {
namespace {

/// A coordinate between two voxels: their offsets in the array and the weight of the second.
struct Bracket {
  std::size_t low;
  std::size_t high;
  double weight;
};

Bracket bracket(double position, int count, std::size_t stride) {
  const double inside = std::clamp(position, 0.0, static_cast<double>(count - 1));
  const int low = static_cast<int>(inside);
  const int high = std::min(low + 1, count - 1);
  return {static_cast<std::size_t>(low) * stride, static_cast<std::size_t>(high) * stride,
          inside - low};
}

double mix(double a, double b, double weight) { return a + weight * (b - a); }

/// Trilinear interpolation of int16 samples; reads straight from the source so that no float copy
/// of the (much larger) source volume is ever made.
class Sampler {
 public:
  explicit Sampler(const Volume& volume)
      : hu_(volume.hu.data()),
        size_(volume.geometry.size),
        row_(static_cast<std::size_t>(size_[2])),
        slice_(row_ * static_cast<std::size_t>(size_[1])) {}

  [[nodiscard]] double at(const Vec3& xyz) const {
    const Bracket x = bracket(xyz[0], size_[2], 1);
    const Bracket y = bracket(xyz[1], size_[1], row_);
    const Bracket z = bracket(xyz[2], size_[0], slice_);
    const auto along_x = [&](std::size_t offset) {
      return mix(hu_[offset + x.low], hu_[offset + x.high], x.weight);
    };
    const auto along_y = [&](std::size_t offset) {
      return mix(along_x(offset + y.low), along_x(offset + y.high), y.weight);
    };
    return mix(along_y(z.low), along_y(z.high), z.weight);
  }

 private:
  const std::int16_t* hu_;
  std::array<int, 3> size_;  ///< z, y, x
  std::size_t row_;
  std::size_t slice_;
};

/// Moves the box's voxels to the front of `values`, in place: they keep their order, so no voxel is
/// overwritten before it is moved.
void crop_in_place(std::vector<float>& values, const GridSize& size, const Box& box) {
  const GridSize cropped = box.size();
  auto to = values.begin();
  for (int x = box.start[0]; x < box.end[0]; ++x) {
    for (int y = box.start[1]; y < box.end[1]; ++y) {
      const auto from =
          values.begin() + static_cast<std::ptrdiff_t>(grid_index(size, x, y, box.start[2]));
      to = std::copy(from, from + cropped[2], to);
    }
  }
  values.resize(box.empty() ? 0 : voxel_count(cropped));
}

}  // namespace

std::vector<float> resample_hu(const Volume& volume, const ModelGrid& grid, int threads) {
  std::vector<float> result(voxel_count(grid.size));
  const Sampler sampler(volume);
  const Vec3 step = column(grid.to_source, 2);
  parallel_for(grid.size[1], threads, [&](int y) {
    for (int x = 0; x < grid.size[0]; ++x) {
      const Vec3 start =
          transform(grid.to_source, {static_cast<double>(x), static_cast<double>(y), 0});
      float* out = result.data() + grid_index(grid.size, x, y, 0);
      for (int z = 0; z < grid.size[2]; ++z) {
        out[z] = static_cast<float>(
            sampler.at({start[0] + z * step[0], start[1] + z * step[1], start[2] + z * step[2]}));
      }
    }
  });
  return result;
}

void scale_intensity(std::span<float> values, const std::array<double, 2>& hu_range) {
  const auto low = static_cast<float>(hu_range[0]);
  const auto width = static_cast<float>(hu_range[1] - hu_range[0]);
  for (float& value : values) value = std::clamp((value - low) / width, 0.0F, 1.0F);
}

Box foreground_box(std::span<const float> values, const GridSize& size) {
  Box box{.start = size, .end = {0, 0, 0}};
  for (int x = 0; x < size[0]; ++x) {
    for (int y = 0; y < size[1]; ++y) {
      const auto row = values.subspan(grid_index(size, x, y, 0), static_cast<std::size_t>(size[2]));
      const auto positive = [](float v) { return v > 0; };
      const auto first = std::ranges::find_if(row, positive);
      if (first == row.end()) continue;
      const auto last = std::find_if(row.rbegin(), row.rend(), positive);
      const std::array low{x, y, static_cast<int>(first - row.begin())};
      const std::array high{x + 1, y + 1, static_cast<int>(row.rend() - last)};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        box.start[axis] = std::min(box.start[axis], low[axis]);
        box.end[axis] = std::max(box.end[axis], high[axis]);
      }
    }
  }
  return box.empty() ? Box{} : box;
}

Result<ModelImage> preprocess(const Volume& volume, const PreprocessOptions& options) {
  auto grid = plan_model_grid(volume.geometry, options.spacing_mm);
  if (!grid) return std::move(grid).error();
  if (volume.hu.size() != volume.geometry.voxel_count()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("the volume has {} values for {} voxels", volume.hu.size(),
                             volume.geometry.voxel_count())};
  }
  ModelImage image{.grid = *grid, .crop = {}, .value = {}, .lungs = {}, .sides = {}};
  image.value = resample_hu(volume, *grid, options.threads);
  const LungSides lungs =
      find_lung_sides(image.value, grid->size, options.spacing_mm, options.threads);
  image.lungs = find_lung_region(lungs, grid->size, options.spacing_mm);
  if (options.side == SideSource::kAnatomy) {
    image.sides = AnatomicalSides::from(lungs, options.spacing_mm, options.threads);
  }
  scale_intensity(image.value, options.hu_range);
  image.crop = foreground_box(image.value, grid->size);
  crop_in_place(image.value, grid->size, image.crop);
  return image;
}

}  // namespace hilum::model
