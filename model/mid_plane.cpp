#include "model/mid_plane.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace hilum::model {
namespace {

constexpr double kLargestTurn = 25;  ///< degrees about the body's axis
constexpr double kTurnStep = 2.5;
constexpr double kLargestTilt = 12;  ///< degrees to the side
constexpr double kTiltStep = 4;
constexpr double kBinMm = 3;  ///< of the planes' offsets
constexpr int kSlab = 2;      ///< bins to either side of a plane that count as cut

// What a plane is worth in mm2 of cut lung. Between two lungs the cut grows by ten times as much.
constexpr double kOffCentrePenalty = 1000;  ///< this far from the middle of the body:
constexpr double kOffCentreMm = 20;
constexpr double kTurnPenalty = 500;  ///< turned this far:
constexpr double kTurnUnit = 15;      ///< degrees

/// Centres in mm of every second cell per axis that is set: enough for a plane.
std::vector<Vec3> points_of(const CellGrid& cells, std::span<const std::uint8_t> mask) {
  std::vector<Vec3> points;
  for (int x = 0; x < cells.size[0]; x += 2) {
    for (int y = 0; y < cells.size[1]; y += 2) {
      for (int z = 0; z < cells.size[2]; z += 2) {
        if (mask[grid_index(cells.size, x, y, z)] != 0) points.push_back(cells.centre_mm(x, y, z));
      }
    }
  }
  return points;
}

double along(const Vec3& normal, const Vec3& p) {
  return normal[0] * p[0] + normal[1] * p[1] + normal[2] * p[2];
}

Vec3 mean_of(const std::vector<Vec3>& points) {
  Vec3 sum{};
  for (const Vec3& p : points) {
    for (std::size_t axis = 0; axis < 3; ++axis) sum[axis] += p[axis];
  }
  for (double& value : sum) value /= static_cast<double>(std::max<std::size_t>(1, points.size()));
  return sum;
}

/// How much lung lies at each offset along a normal.
struct Profile {
  double first_mm = 0;
  std::vector<double> count;
};

Profile profile_along(const Vec3& normal, const std::vector<Vec3>& lung, double centre_mm) {
  constexpr double kReachMm = 80;
  Profile profile{.first_mm = centre_mm - kReachMm,
                  .count = std::vector<double>(static_cast<std::size_t>(2 * kReachMm / kBinMm))};
  for (const Vec3& p : lung) {
    const double bin = (along(normal, p) - profile.first_mm) / kBinMm;
    if (bin >= 0 && bin < static_cast<double>(profile.count.size())) {
      profile.count[static_cast<std::size_t>(bin)] += 1;
    }
  }
  return profile;
}

}  // namespace

MidPlane find_mid_plane(const CellGrid& cells, std::span<const std::uint8_t> lung,
                        std::span<const std::uint8_t> body) {
  const auto lung_points = points_of(cells, lung);
  const Vec3 centre = mean_of(points_of(cells, body));
  constexpr double kCellsPerPoint = 8;
  const double area_per_point = kCellsPerPoint * cells.volume_mm3() / ((2 * kSlab + 1) * kBinMm);
  const auto squared = [](double v) { return v * v; };
  constexpr double kDegree = std::numbers::pi / 180;
  MidPlane best;
  double lowest = std::numeric_limits<double>::infinity();
  for (double turn = -kLargestTurn; turn <= kLargestTurn; turn += kTurnStep) {
    for (double tilt = -kLargestTilt; tilt <= kLargestTilt; tilt += kTiltStep) {
      const Vec3 normal{std::cos(turn * kDegree) * std::cos(tilt * kDegree),
                        std::sin(turn * kDegree) * std::cos(tilt * kDegree),
                        std::sin(tilt * kDegree)};
      const double middle = along(normal, centre);
      const Profile profile = profile_along(normal, lung_points, middle);
      for (std::size_t i = kSlab; i + kSlab < profile.count.size(); ++i) {
        double cut = 0;
        for (std::size_t j = i - kSlab; j <= i + kSlab; ++j) cut += profile.count[j];
        const double offset = profile.first_mm + (static_cast<double>(i) + 0.5) * kBinMm;
        const double cost = cut * area_per_point +
                            kOffCentrePenalty * squared((offset - middle) / kOffCentreMm) +
                            kTurnPenalty * (squared(turn / kTurnUnit) + squared(tilt / kTurnUnit));
        if (cost < lowest) {
          lowest = cost;
          best = {.normal = normal, .offset_mm = offset};
        }
      }
    }
  }
  return best;
}

}  // namespace hilum::model
