#include "model/examine/cross_section.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace hilum::model::examine {
namespace {

double dot(const Vec3& a, const Vec3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vec3 minus(const Vec3& a, const Vec3& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
double norm(const Vec3& a) { return std::sqrt(dot(a, a)); }
double radius_of(double area_mm2) { return std::sqrt(area_mm2 / std::numbers::pi); }

double voxel_mm3(const VoxelSteps& s) {
  const Vec3 normal{s[1][1] * s[2][2] - s[1][2] * s[2][1], s[1][2] * s[2][0] - s[1][0] * s[2][2],
                    s[1][0] * s[2][1] - s[1][1] * s[2][0]};
  return std::abs(dot(s[0], normal));
}

/// The largest cross-section of a ball: for pieces too small to have a direction.
double ball_area(double mm3) {
  return std::numbers::pi * std::pow(0.75 * mm3 / std::numbers::pi, 2.0 / 3);
}

/// Areas at the places of a vessel's line.
class Sections {
 public:
  Sections(const VoxelSet& vessel, const VesselLine& line)
      : vessel_(vessel),
        line_(line),
        voxel_mm3_(voxel_mm3(vessel.steps())),
        along_(line.place.size()),
        area_(line.place.size()) {
    group();
    for (const LinePath& path : line.paths) {
      for (std::size_t i = path.first + 1; i < path.end; ++i) {
        along_[i] = along_[i - 1] + norm(minus(line.place[i], line.place[i - 1]));
      }
    }
    for (const LinePath& path : line.paths) {
      for (std::size_t i = path.first; i < path.end; ++i) area_[i] = area_at(path, i);
    }
  }

  [[nodiscard]] const std::vector<double>& areas() const { return area_; }

 private:
  /// Sorts the vessel's voxels by their places.
  void group() {
    start_.assign(line_.place.size() + 1, 0);
    for (const std::uint32_t p : line_.place_of) {
      if (p != VesselLine::kNone) ++start_[p + 1];
    }
    for (std::size_t p = 1; p < start_.size(); ++p) start_[p] += start_[p - 1];
    voxels_.resize(start_.back());
    std::vector<std::uint32_t> next(start_.begin(), start_.end() - 1);
    for (std::uint32_t i = 0; i < line_.place_of.size(); ++i) {
      const std::uint32_t p = line_.place_of[i];
      if (p != VesselLine::kNone) voxels_[next[p]++] = i;
    }
  }

  [[nodiscard]] double territory_mm3(std::size_t first, std::size_t last) const {
    return (start_[last + 1] - start_[first]) * voxel_mm3_;
  }
  /// The places of `path` that are within `mm` of place `i` along the line, and at least
  /// `kNearest` to either side where there are so many.
  static constexpr std::size_t kNearest = 2;
  [[nodiscard]] LinePath around(const LinePath& path, std::size_t i, double mm) const {
    LinePath part{.first = i, .end = i + 1};
    while (part.first > path.first &&
           (i - part.first < kNearest || along_[i] - along_[part.first] < mm)) {
      --part.first;
    }
    while (part.end < path.end &&
           (part.end - i <= kNearest || along_[part.end - 1] - along_[i] < mm)) {
      ++part.end;
    }
    return part;
  }

  [[nodiscard]] double area_at(const LinePath& path, std::size_t i) const {
    if (path.end - path.first < 2) return ball_area(territory_mm3(i, i));
    const LinePath near = around(path, i, 0);
    const double rough = territory_mm3(near.first, near.end - 1) /
                         (along_[near.end - 1] - along_[near.first] + step_at(near));
    const double radius = radius_of(rough);
    const LinePath straight = around(path, i, radius);
    Vec3 across = minus(line_.place[straight.end - 1], line_.place[straight.first]);
    const double length = norm(across);
    if (length <= 0) return ball_area(territory_mm3(i, i));
    for (double& component : across) component /= length;
    return slab_area(path, i, across, radius);
  }
  [[nodiscard]] double step_at(const LinePath& part) const {
    return (along_[part.end - 1] - along_[part.first]) /
           static_cast<double>(part.end - part.first - 1);
  }

  /// `normal` of the slab has length 1.
  [[nodiscard]] double slab_area(const LinePath& path, std::size_t i, const Vec3& normal,
                                 double radius) const {
    double depth = 0;  // of one voxel along the normal
    for (const Vec3& step : vessel_.steps()) depth += std::abs(dot(step, normal));
    const double half = std::max(depth, radius / 2);
    // Territories are not cut exactly across the line: those further away can reach into the slab.
    const LinePath part = around(path, i, half + depth / 2 + radius);
    double share = 0;  // of voxels in the slab, each as a box of its depth
    double low = 0;
    double high = 0;
    const std::span voxels(voxels_.data() + start_[part.first],
                           start_[part.end] - start_[part.first]);
    for (const std::uint32_t v : voxels) {
      const double t = dot(minus(vessel_.position_mm(v), line_.place[i]), normal);
      low = std::min(low, t);
      high = std::max(high, t);
      share += std::clamp((half + depth / 2 - std::abs(t)) / depth, 0.0, 1.0);
    }
    const double thickness = std::min(half, high + depth / 2) + std::min(half, depth / 2 - low);
    return share * voxel_mm3_ / thickness;
  }

  const VoxelSet& vessel_;
  const VesselLine& line_;
  double voxel_mm3_;
  std::vector<std::uint32_t> start_;   ///< per place, into `voxels_`
  std::vector<std::uint32_t> voxels_;  ///< by place
  std::vector<double> along_;          ///< length of the line up to each place of its path
  std::vector<double> area_;
};

/// Spurs of the centreline of a thick vessel, and the beginning of a branch that still lies in its
/// parent, are parts of the thick vessel. They are known by being within its radius and much
/// thinner; what only varies along a vessel is left alone, because taking the largest would make
/// every vessel wider.
constexpr double kMuchThinner = 0.5;

std::vector<double> without_spurs(const VesselLine& line, const std::vector<double>& area_of) {
  const VoxelSet& voxels = line.voxels;
  std::vector<std::uint32_t> place_at(voxels.size(), VesselLine::kNone);
  for (std::uint32_t p = 0; p < line.number.size(); ++p) place_at[line.number[p]] = p;
  std::vector<double> result = area_of;
  for (std::size_t p = 0; p < line.place.size(); ++p) {
    const double radius = radius_of(area_of[p]);
    Voxel lo = voxels.at(line.number[p]);
    Voxel hi = lo;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const int reach = static_cast<int>(radius / norm(voxels.steps()[axis]));
      lo[axis] -= reach;
      hi[axis] += reach;
    }
    voxels.for_each_in(lo, hi, [&](std::size_t voxel) {
      const std::uint32_t n = place_at[voxel];
      if (n == VesselLine::kNone || area_of[n] >= kMuchThinner * area_of[p]) return;
      if (result[n] >= area_of[p]) return;
      if (norm(minus(line.place[n], line.place[p])) <= radius) result[n] = area_of[p];
    });
  }
  return result;
}

/// Gives the voxels of connected pieces without any place the area of a ball of their volume.
void measure_specks(const VoxelSet& vessel, const VesselLine& line, std::vector<float>& area) {
  std::vector<std::uint8_t> open(vessel.size(), 0);
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = line.place_of[i] == VesselLine::kNone;
  for (std::size_t seed = 0; seed < open.size(); ++seed) {
    if (open[seed] == 0) continue;
    std::vector<std::size_t> piece{seed};
    open[seed] = 0;
    for (std::size_t next = 0; next < piece.size(); ++next) {
      vessel.for_each_neighbour(piece[next], [&](std::size_t n) {
        if (open[n] == 0) return;
        open[n] = 0;
        piece.push_back(n);
      });
    }
    const double mm3 = static_cast<double>(piece.size()) * voxel_mm3(vessel.steps());
    for (const std::size_t i : piece) area[i] = static_cast<float>(ball_area(mm3));
  }
}

}  // namespace

std::vector<float> cross_sections_mm2(const VoxelSet& vessel, const VesselLine& line) {
  const std::vector<double> at_place = without_spurs(line, Sections(vessel, line).areas());
  std::vector<float> area(vessel.size(), 0);
  for (std::size_t i = 0; i < area.size(); ++i) {
    const std::uint32_t p = line.place_of[i];
    if (p != VesselLine::kNone) area[i] = static_cast<float>(at_place[p]);
  }
  measure_specks(vessel, line, area);
  return area;
}

}  // namespace hilum::model::examine
