#include "model/distance_transform.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace hilum::model {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Squared distances and, when wanted, which site each belongs to.
struct Field {
  std::vector<float> squared;
  std::vector<std::int32_t> site;  ///< empty: not wanted
};

/// One line of voxels, copied out of the field so that it is contiguous.
class Envelope {
 public:
  Envelope(int length, double step_mm)
      : n_(static_cast<std::size_t>(length)),
        step_(step_mm),
        height_(n_),
        site_(n_),
        vertex_(n_),
        start_(n_ + 1) {}

  /// Replaces `n_` values, `stride` apart, by the lower envelope of the parabolas on them.
  void run(float* squared, std::int32_t* site, std::size_t stride) {
    const std::size_t parabolas = build(squared, stride);
    if (parabolas == 0) return;  // infinity stays
    if (site != nullptr) {
      for (std::size_t i = 0; i < n_; ++i) site_[i] = site[i * stride];
    }
    std::size_t k = 0;
    for (std::size_t p = 0; p < n_; ++p) {
      while (k + 1 < parabolas && start_[k + 1] < static_cast<double>(p)) ++k;
      const std::size_t v = vertex_[k];
      const double offset = step_ * (static_cast<double>(p) - static_cast<double>(v));
      squared[p * stride] = static_cast<float>(offset * offset + height_[v]);
      if (site != nullptr) site[p * stride] = site_[v];
    }
  }

 private:
  /// The parabolas that are lowest somewhere: vertex_[k] from start_[k] on. Returns how many.
  std::size_t build(const float* squared, std::size_t stride) {
    const double square = step_ * step_;
    std::size_t count = 0;
    for (std::size_t q = 0; q < n_; ++q) {
      height_[q] = squared[q * stride];
      if (!(height_[q] < kInfinity)) continue;
      double from = -std::numeric_limits<double>::infinity();
      while (count > 0) {
        const std::size_t v = vertex_[count - 1];
        const auto a = static_cast<double>(q);
        const auto b = static_cast<double>(v);
        from = ((height_[q] - height_[v]) / square + (a - b) * (a + b)) / (2 * (a - b));
        if (from > start_[count - 1]) break;
        --count;
        from = -std::numeric_limits<double>::infinity();
      }
      vertex_[count] = q;
      start_[count] = from;
      ++count;
    }
    return count;
  }

  std::size_t n_;
  double step_;
  std::vector<double> height_;
  std::vector<std::int32_t> site_;
  std::vector<std::size_t> vertex_;
  std::vector<double> start_;
};

/// Distances within each row: a sweep to the right, one to the left.
void sweep_rows(const Mask& sites, Field& field) {
  const auto nx = static_cast<std::size_t>(sites.grid.size[2]);
  const double step = sites.grid.step_mm[2];
  const bool track = !field.site.empty();
  for (std::size_t row = 0; row < sites.voxel.size(); row += nx) {
    std::ptrdiff_t last = -1;
    const auto set = [&](std::size_t x, std::ptrdiff_t from) {
      const double d = step * static_cast<double>(static_cast<std::ptrdiff_t>(x) - from);
      field.squared[row + x] = static_cast<float>(d * d);
      if (track) field.site[row + x] = static_cast<std::int32_t>(row) + static_cast<int>(from);
    };
    for (std::size_t x = 0; x < nx; ++x) {
      if (sites.voxel[row + x] != 0) last = static_cast<std::ptrdiff_t>(x);
      if (last >= 0) set(x, last);
    }
    if (last < 0) continue;
    last = -1;
    for (std::size_t x = nx; x-- > 0;) {
      if (sites.voxel[row + x] != 0) last = static_cast<std::ptrdiff_t>(x);
      if (last < 0) continue;
      const double d = step * static_cast<double>(last - static_cast<std::ptrdiff_t>(x));
      if (d * d < field.squared[row + x]) set(x, last);
    }
  }
}

void transform(const Mask& sites, Field& field) {
  sweep_rows(sites, field);
  const Grid& grid = sites.grid;
  const auto nx = static_cast<std::size_t>(grid.size[2]);
  const std::size_t slice = nx * static_cast<std::size_t>(grid.size[1]);
  const auto site_at = [&](std::size_t i) {
    return field.site.empty() ? nullptr : field.site.data() + i;
  };
  Envelope along_y(grid.size[1], grid.step_mm[1]);
  for (std::size_t first = 0; first < field.squared.size(); first += slice) {
    for (std::size_t x = 0; x < nx; ++x) {
      along_y.run(field.squared.data() + first + x, site_at(first + x), nx);
    }
  }
  Envelope along_z(grid.size[0], grid.step_mm[0]);
  for (std::size_t i = 0; i < slice; ++i) {
    along_z.run(field.squared.data() + i, site_at(i), slice);
  }
}

}  // namespace

std::vector<float> distance_mm(const Mask& sites) {
  Field field{.squared = std::vector<float>(sites.voxel.size(), kInfinity), .site = {}};
  transform(sites, field);
  for (float& value : field.squared) value = std::sqrt(value);
  return std::move(field.squared);
}

std::vector<std::int32_t> nearest_site(const Mask& sites) {
  Field field{.squared = std::vector<float>(sites.voxel.size(), kInfinity),
              .site = std::vector<std::int32_t>(sites.voxel.size(), -1)};
  transform(sites, field);
  return std::move(field.site);
}

}  // namespace hilum::model
