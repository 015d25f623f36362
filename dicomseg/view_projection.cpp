#include "dicomseg/view_projection.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace hilum::dicomseg {
namespace {

/// Pixels [low, high] in one direction.
struct PixelSpan {
  int low;
  int high;
};

/// Which columns (or rows) of a picture the voxels of one row of the volume cover: the pixels whose
/// middle lies in the voxel, and the one in which the voxel's middle lies. Spans are kept from row
/// to row, because in volumes that are not oblique they are the same for many rows.
class SpanLine {
 public:
  /// `half_px`: half of a voxel; `step_px`: from one voxel to the next; `voxels` in a row.
  SpanLine(double half_px, double step_px, int voxels, int edge_px)
      : half_px_(half_px + kOverlapPx),
        step_px_(step_px),
        edge_px_(edge_px),
        spans_(static_cast<std::size_t>(voxels)) {}

  /// Makes `at` valid for the voxels [begin, end) of a row whose voxel 0 lies at `first_px`.
  void prepare(double first_px, int begin, int end) {
    const bool same = first_px == first_px_;
    if (same && begin >= begin_ && end <= end_) return;
    begin_ = same || level() ? 0 : begin;  // a place met again will be met more often: all of it
    end_ = same || level() ? static_cast<int>(spans_.size()) : end;
    first_px_ = first_px;
    if (level()) {
      spans_[0] = covered(first_px);
      return;
    }
    for (int x = begin_; x < end_; ++x) {
      spans_[static_cast<std::size_t>(x)] = covered(first_px + x * step_px_);
    }
  }
  [[nodiscard]] PixelSpan at(int x) const {
    return spans_[level() ? 0 : static_cast<std::size_t>(x)];
  }

 private:
  /// Neighbours overlap rather than leave a gap where rounding differs.
  static constexpr double kOverlapPx = 1e-6;

  [[nodiscard]] bool level() const { return step_px_ == 0; }
  [[nodiscard]] PixelSpan covered(double middle) const {
    // Positions are within the picture or just outside: truncation after a shift is floor().
    constexpr int kShift = 1 << 16;
    const auto floor_px = [](double v) { return static_cast<int>(v + kShift) - kShift; };
    const int own = floor_px(middle);
    return {std::max(std::min(floor_px(middle - half_px_ + 0.5), own), 0),
            std::min(std::max(floor_px(middle + half_px_ - 0.5), own), edge_px_ - 1)};
  }

  double half_px_;
  double step_px_;
  int edge_px_;
  double first_px_ = std::numeric_limits<double>::quiet_NaN();
  int begin_ = 0;
  int end_ = 0;
  std::vector<PixelSpan> spans_;
};

/// Walks through a volume row by row and tells where voxels lie in the picture.
class Footprints {
 public:
  Footprints(const Geometry& geometry, const ViewGrid& grid)
      : geometry_(geometry),
        grid_(grid),
        step_(geometry.step_mm(0)),
        columns_(voxel_extent_mm(geometry, grid.view.right) / grid.mm_per_px / 2,
                 step_[grid.view.right] / grid.mm_per_px, geometry.size[2], grid.edge_px),
        rows_(voxel_extent_mm(geometry, grid.view.down) / grid.mm_per_px / 2,
              grid.view.down_sign * step_[grid.view.down] / grid.mm_per_px, geometry.size[2],
              grid.edge_px) {}

  void start_row(int z, int y) {
    first_ = geometry_.to_lps({0, static_cast<double>(y), static_cast<double>(z)});
  }
  /// Depth of voxel x of the row, mm.
  [[nodiscard]] double depth(int x) const { return first_[axis()] + x * step_[axis()]; }

  /// The voxels [begin, end) of the row that lie in `slab`.
  [[nodiscard]] std::pair<int, int> within(const Slab& slab) const {
    const int count = geometry_.size[2];
    const double step = step_[axis()];
    constexpr double kLevelMm = 1e-9;
    if (std::abs(step) < kLevelMm) {
      const bool inside = first_[axis()] >= slab.low && first_[axis()] <= slab.high;
      return {0, inside ? count : 0};
    }
    double a = (slab.low - first_[axis()]) / step;
    double b = (slab.high - first_[axis()]) / step;
    if (a > b) std::swap(a, b);
    const double begin = std::clamp(std::ceil(a), 0.0, static_cast<double>(count));
    const double end = std::clamp(std::floor(b) + 1, 0.0, static_cast<double>(count));
    return {static_cast<int>(begin), static_cast<int>(end)};
  }

  /// Calls `visit(x, index of pixel)` for every pixel that a voxel of [begin, end) covers.
  template <class Visit>
  void for_each_pixel(int begin, int end, const Visit& visit) {
    if (begin >= end) return;
    columns_.prepare(grid_.column_of(first_), begin, end);
    rows_.prepare(grid_.row_of(first_), begin, end);
    for (int x = begin; x < end; ++x) {
      const PixelSpan columns = columns_.at(x);
      const PixelSpan rows = rows_.at(x);
      for (int row = rows.low; row <= rows.high; ++row) {
        for (int column = columns.low; column <= columns.high; ++column) {
          visit(x, static_cast<std::size_t>(row) * static_cast<std::size_t>(grid_.edge_px) +
                       static_cast<std::size_t>(column));
        }
      }
    }
  }

 private:
  [[nodiscard]] std::size_t axis() const { return grid_.view.depth; }

  const Geometry& geometry_;
  const ViewGrid& grid_;
  Vec3 step_;
  SpanLine columns_;
  SpanLine rows_;
  Vec3 first_{};  ///< voxel 0 of the row
};

std::size_t pixel_count(const ViewGrid& grid) {
  return static_cast<std::size_t>(grid.edge_px) * static_cast<std::size_t>(grid.edge_px);
}

}  // namespace

std::vector<std::int16_t> brightest(const Volume& volume, const ViewGrid& grid, const Slab& slab) {
  std::vector<std::int16_t> picture(pixel_count(grid), kNoVoxel);
  Footprints at(volume.geometry, grid);
  for (int z = 0; z < volume.geometry.size[0]; ++z) {
    for (int y = 0; y < volume.geometry.size[1]; ++y) {
      at.start_row(z, y);
      const auto [begin, end] = at.within(slab);
      const std::int16_t* row = volume.hu.data() + volume.geometry.index(z, y, 0);
      at.for_each_pixel(begin, end, [&](int x, std::size_t pixel) {
        picture[pixel] = std::max(picture[pixel], row[x]);
      });
    }
  }
  return picture;
}

LabelSurface nearest_labels(const LabelMap& labels, const ViewGrid& grid, const LabelSet& shown) {
  LabelSurface surface{std::vector<std::uint8_t>(pixel_count(grid)),
                       std::vector<float>(pixel_count(grid))};
  Footprints at(labels.geometry, grid);
  for_each_label_run(labels, [&](const LabelRun& run) {
    if (!shown.test(run.label)) return;
    at.start_row(run.z, run.y);
    at.for_each_pixel(run.begin, run.end, [&](int x, std::size_t pixel) {
      const auto depth = static_cast<float>(at.depth(x));
      const bool nearer = grid.view.depth_sign > 0 ? depth < surface.depth_mm[pixel]
                                                   : depth > surface.depth_mm[pixel];
      if (surface.label[pixel] != 0 && !nearer) return;
      surface.label[pixel] = run.label;
      surface.depth_mm[pixel] = depth;
    });
  });
  return surface;
}

std::optional<double> median_position(const LabelMap& labels, std::size_t axis,
                                      const LabelSet& shown) {
  const Box box = box_of_volume(labels.geometry);
  constexpr int kBins = 4096;
  const double bin_mm = std::max(box.extent(axis) / kBins, 1e-9);
  std::array<std::uint64_t, kBins> voxels{};
  std::uint64_t total = 0;
  const Vec3 step = labels.geometry.step_mm(0);
  for_each_label_run(labels, [&](const LabelRun& run) {
    if (!shown.test(run.label)) return;
    const Vec3 first = labels.geometry.to_lps(
        {static_cast<double>(run.begin), static_cast<double>(run.y), static_cast<double>(run.z)});
    for (int x = run.begin; x < run.end; ++x) {
      const double position = first[axis] + (x - run.begin) * step[axis];
      const double bin = std::clamp((position - box.low[axis]) / bin_mm, 0.0, kBins - 1.0);
      ++voxels[static_cast<std::size_t>(bin)];
    }
    total += static_cast<std::uint64_t>(run.end - run.begin);
  });
  std::uint64_t below = 0;
  for (std::size_t bin = 0; bin < voxels.size() && total > 0; ++bin) {
    below += voxels[bin];
    if (below * 2 >= total) return box.low[axis] + (static_cast<double>(bin) + 0.5) * bin_mm;
  }
  return std::nullopt;
}

}  // namespace hilum::dicomseg
