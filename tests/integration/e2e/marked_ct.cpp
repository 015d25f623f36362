#include "tests/integration/e2e/marked_ct.h"

#include <algorithm>
#include <cmath>

namespace hilum::test {
namespace {

constexpr int kSlices = 24;
constexpr int kRows = 128;
constexpr int kColumns = 144;
constexpr int kPointsPerLabel = 25;
constexpr int kLabels = 4;

Vec3 scaled(const Vec3& v, double factor) { return {v[0] * factor, v[1] * factor, v[2] * factor}; }

/// Turned about the patient's x and then z axis.
Vec3 turned(const Vec3& v, double about_x, double about_z) {
  const Vec3 a{v[0], std::cos(about_x) * v[1] - std::sin(about_x) * v[2],
               std::sin(about_x) * v[1] + std::cos(about_x) * v[2]};
  return {std::cos(about_z) * a[0] - std::sin(about_z) * a[1],
          std::sin(about_z) * a[0] + std::cos(about_z) * a[1], a[2]};
}

bool near(const Vec3& a, const Vec3& b) {
  constexpr double kToleranceMm = 0.02;
  return std::abs(a[0] - b[0]) < kToleranceMm && std::abs(a[1] - b[1]) < kToleranceMm &&
         std::abs(a[2] - b[2]) < kToleranceMm;
}

}  // namespace

std::vector<Placement> placements() {
  const Vec3 left{1, 0, 0};
  const Vec3 back{0, 1, 0};
  const Vec3 up{0, 0, 1};
  const auto oblique = [](const Vec3& v) { return turned(v, 0.35, 0.17); };
  return {
      {"axial", {scaled(left, 0.75), scaled(back, 0.75), scaled(up, 2.5)}},
      {"reversed", {scaled(left, 0.75), scaled(back, 0.75), scaled(up, -2.5)}},
      {"oblique",
       {oblique(scaled(left, 0.75)), oblique(scaled(back, 0.75)), oblique(scaled(up, 2.5))}},
      {"coronal", {scaled(left, 0.75), scaled(up, -0.75), scaled(back, 2.5)}},
  };
}

MarkedCt make_marked_ct(const Placement& placement) {
  MarkedCt ct;
  Geometry& geometry = ct.volume.geometry;
  geometry.size = {kSlices, kRows, kColumns};
  const Vec3 origin{-61.5, -40.25, 113.75};
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      geometry.voxel_to_lps[row * 4 + axis] = placement.steps_mm[axis][row];
    }
    geometry.voxel_to_lps[row * 4 + 3] = origin[row];
  }
  ct.volume.hu.assign(geometry.voxel_count(), -800);
  // Scattered without symmetry, so that a mirrored or shifted result cannot match by accident.
  unsigned state = 12345;
  const auto next = [&](int below) {
    state = state * 1664525U + 1013904223U;
    return static_cast<int>((state >> 8U) % static_cast<unsigned>(below));
  };
  while (ct.points.size() < std::size_t{kLabels} * kPointsPerLabel) {
    const int label = 1 + static_cast<int>(ct.points.size()) % kLabels;
    const int x = next(kColumns / 2);  // one half only
    const int y = next(kRows / 3);
    const int z = next(kSlices);
    auto& hu = ct.volume.hu[geometry.index(z, y, x)];
    if (hu >= 2000) continue;
    hu = static_cast<std::int16_t>(2000 + label);
    ct.points.push_back({label, geometry.to_lps({static_cast<double>(x), static_cast<double>(y),
                                                 static_cast<double>(z)})});
  }
  return ct;
}

std::vector<MarkedPoint> points_of(const dicomseg::Segmentation& seg) {
  std::vector<MarkedPoint> points;
  for (std::size_t frame = 0; frame < seg.frames.size(); ++frame) {
    const auto& info = seg.frames[frame];
    for (int row = 0; row < seg.rows; ++row) {
      for (int column = 0; column < seg.columns; ++column) {
        const int segment = seg.segment_at(frame, row, column);
        if (segment == 0) continue;
        Vec3 lps = info.position;
        for (std::size_t i = 0; i < 3; ++i) {
          lps[i] += seg.row_cosines[i] * seg.column_step_mm * column +
                    seg.column_cosines[i] * seg.row_step_mm * row;
        }
        points.push_back({segment, lps});
      }
    }
  }
  return points;
}

bool same_points(const std::vector<MarkedPoint>& a, const std::vector<MarkedPoint>& b) {
  const auto all_in = [](const auto& some, const auto& others) {
    return std::all_of(some.begin(), some.end(), [&](const MarkedPoint& p) {
      return std::any_of(others.begin(), others.end(), [&](const MarkedPoint& q) {
        return p.label == q.label && near(p.lps_mm, q.lps_mm);
      });
    });
  };
  return a.size() == b.size() && all_in(a, b) && all_in(b, a);
}

}  // namespace hilum::test
