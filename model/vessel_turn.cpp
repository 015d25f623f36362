#include "model/vessel_turn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace hilum::model {
namespace {

/// The plane between both branches, measured on 20 phantoms: this much per mm that a place lies in
/// front of the turn, and below it.
constexpr double kPerAnterior = 0.4;
constexpr double kPerInferior = 0.4;

constexpr double kSmallestSectionMm2 = 50;
constexpr double kNearBorderMm = 15;
constexpr std::size_t kFewestSections = 3;  ///< on either side of the turn
constexpr double kTurnStepMm = 0.5;
/// By how much the slope (mm anterior per mm to the right) falls at the turn, at least.
constexpr double kSmallestBend = 0.3;

struct Point {
  double x;
  double y;
};

/// y = height + before * min(x - turn, 0) + after * max(x - turn, 0), by least squares.
struct BrokenLine {
  double turn = 0;
  double height = 0;
  double before = 0;
  double after = 0;
  double squares = std::numeric_limits<double>::infinity();
};

BrokenLine fit(const std::vector<Point>& points, double turn) {
  std::array<std::array<double, 4>, 3> normal{};
  const auto terms = [&](double x) {
    return std::array{1.0, std::min(x - turn, 0.0), std::max(x - turn, 0.0)};
  };
  for (const Point& p : points) {
    const auto f = terms(p.x);
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 3; ++c) normal[r][c] += f[r] * f[c];
      normal[r][3] += f[r] * p.y;
    }
  }
  // Positive definite, because points lie on both sides: no pivoting is needed.
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t below = r + 1; below < 3; ++below) {
      const double factor = normal[below][r] / normal[r][r];
      for (std::size_t c = r; c < 4; ++c) normal[below][c] -= factor * normal[r][c];
    }
  }
  std::array<double, 3> solution{};
  for (std::size_t r = 3; r-- > 0;) {
    double rest = normal[r][3];
    for (std::size_t c = r + 1; c < 3; ++c) rest -= normal[r][c] * solution[c];
    solution[r] = rest / normal[r][r];
  }
  BrokenLine line{.turn = turn,
                  .height = solution[0],
                  .before = solution[1],
                  .after = solution[2],
                  .squares = 0};
  for (const Point& p : points) {
    const auto f = terms(p.x);
    const double error = p.y - f[0] * solution[0] - f[1] * solution[1] - f[2] * solution[2];
    line.squares += error * error;
  }
  return line;
}

/// Of rising `points`; nothing when no line bends enough.
std::optional<BrokenLine> best_line(const std::vector<Point>& points) {
  if (points.size() < 2 * kFewestSections) return std::nullopt;
  std::optional<BrokenLine> best;
  const double last = points[points.size() - kFewestSections].x;
  for (double turn = points[kFewestSections - 1].x + kTurnStepMm; turn < last;
       turn += kTurnStepMm) {
    const BrokenLine line = fit(points, turn);
    const bool bends = line.before - line.after > kSmallestBend;
    if (bends && (!best || line.squares < best->squares)) best = line;
  }
  return best;
}

}  // namespace

bool VesselTurn::is_right(const PlaceBetweenLungs& place) const {
  return place.from_plane_mm - at.from_plane_mm +
             kPerAnterior * (place.anterior_mm - at.anterior_mm) -
             kPerInferior * (place.superior_mm - at.superior_mm) >
         0;
}

void VesselCourse::add(const PlaceBetweenLungs& place, double toward_right_mm) {
  const double bin = (place.from_plane_mm + kReachMm) / kBinMm;
  if (!(bin >= 0 && bin < static_cast<double>(kBins))) return;
  Section& section = sections_[static_cast<std::size_t>(bin)];
  section.voxels += 1;
  section.anterior += place.anterior_mm;
  section.superior += place.superior_mm;
  section.toward_right += toward_right_mm;
}

void VesselCourse::add(const VesselCourse& other) {
  for (std::size_t i = 0; i < kBins; ++i) {
    sections_[i].voxels += other.sections_[i].voxels;
    sections_[i].anterior += other.sections_[i].anterior;
    sections_[i].superior += other.sections_[i].superior;
    sections_[i].toward_right += other.sections_[i].toward_right;
  }
}

bool VesselCourse::counts(const Section& section) const {
  return section.voxels * voxel_mm3_ / kBinMm >= kSmallestSectionMm2 &&
         std::abs(section.toward_right) < kNearBorderMm * section.voxels;
}

std::optional<VesselTurn> VesselCourse::turn() const {
  std::vector<Point> anterior;
  for (std::size_t i = 0; i < kBins; ++i) {
    const Section& s = sections_[i];
    if (counts(s)) anterior.push_back({centre_mm(i), s.anterior / s.voxels});
  }
  const auto line = best_line(anterior);
  if (!line) return std::nullopt;
  const auto bin = static_cast<std::size_t>((line->turn + kReachMm) / kBinMm);
  const Section& section = sections_[bin];
  if (!counts(section)) return std::nullopt;
  return VesselTurn{.at = {.from_plane_mm = line->turn,
                           .anterior_mm = line->height,
                           .superior_mm = section.superior / section.voxels}};
}

}  // namespace hilum::model
