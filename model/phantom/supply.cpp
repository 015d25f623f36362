#include "model/phantom/supply.h"

#include <limits>

namespace hilum::phantom {
namespace {

constexpr double kSpacingMm = 3.6;
constexpr double kJitter = 1.2;           // of the spacing, each way
constexpr double kMinDepthMm = 2.0;       // below the pleura
constexpr double kGravityPerMm = 0.0015;  // dependent (posterior) lung gets more blood
// The lung's mantle gets more than its core: without this the share of visible vessels rises from
// pleura to hilum, while it is flat or falls in real CT (README.md).
constexpr double kMantle = 0.9;  // difference between mantle and core, share of the mean
constexpr double kMantleMm = 6;
constexpr double kCoreMm = 26;
constexpr double kPointMl = kSpacingMm * kSpacingMm * kSpacingMm * 1e-3;

void scatter(const Anatomy& anatomy, Rng& rng, SupplyPoints& points) {
  constexpr double kReach = 1.8 * kJitter * kSpacingMm;  // the jitter's longest diagonal
  const Lattice& box = anatomy.lung.lattice();
  const auto steps = [&](int n) { return static_cast<int>((n - 1) * box.step_mm / kSpacingMm); };
  const Lattice grid{steps(box.nx), steps(box.ny), steps(box.nz), kSpacingMm, box.origin};
  const double jitter = kJitter * kSpacingMm;
  for (int z = 0; z < grid.nz; ++z) {
    for (int y = 0; y < grid.ny; ++y) {
      for (int x = 0; x < grid.nx; ++x) {
        const Vec node = grid.at(x, y, z);
        if (anatomy.lung.at(node) > kReach) continue;
        const double dx = rng.uniform(-jitter, jitter);
        const double dy = rng.uniform(-jitter, jitter);
        const double dz = rng.uniform(-jitter, jitter);
        const Vec p = node + Vec{dx, dy, dz};
        const double depth = anatomy.lung_depth.at(p);
        if (depth < kMinDepthMm) continue;
        const double mantle = 1 + kMantle * (0.5 - ramp(depth, kMantleMm, kCoreMm));
        points.position.push_back(p);
        points.ml.push_back(kPointMl * (1 + kGravityPerMm * p.y) * mantle);
        points.lobe.push_back(anatomy.fissures.lobe_at(p));
      }
    }
  }
}

int nearest_segment(const Vec& p, Lobe lobe, const std::vector<Segment>& segments,
                    const std::vector<Vec>& centres) {
  int best = -1;
  double best_square = std::numeric_limits<double>::max();
  for (std::size_t s = 0; s < segments.size(); ++s) {
    if (segments[s].lobe != lobe) continue;
    const Vec d = p - centres[s];
    if (dot(d, d) < best_square) {
      best_square = dot(d, d);
      best = static_cast<int>(s);
    }
  }
  return best;
}

/// Damped k-means seeded by the template: the segments follow the shape of the lobe but keep
/// their anatomical order.
void assign_segments(const std::vector<Segment>& segments, std::vector<Vec> centres,
                     SupplyPoints& points) {
  constexpr int kSweeps = 3;
  points.segment.resize(points.count());
  for (int sweep = 0; sweep <= kSweeps; ++sweep) {
    std::vector<Vec> sum(segments.size());
    std::vector<double> count(segments.size(), 0);
    for (std::size_t i = 0; i < points.count(); ++i) {
      const int s = nearest_segment(points.position[i], points.lobe[i], segments, centres);
      points.segment[i] = s;
      sum[s] = sum[s] + points.position[i];
      count[s] += 1;
    }
    for (std::size_t s = 0; s < segments.size(); ++s) {
      if (count[s] > 0) centres[s] = centres[s] * 0.5 + sum[s] * (0.5 / count[s]);
    }
  }
}

}  // namespace

double SupplyPoints::lung_ml(Side side) const {
  double sum = 0;
  for (std::size_t i = 0; i < count(); ++i) {
    if (side_of(lobe[i]) == side) sum += ml[i];
  }
  return sum;
}

double SupplyPoints::total_ml(const std::vector<int>& points) const {
  double sum = 0;
  for (const int i : points) sum += ml[i];
  return sum;
}

Vec SupplyPoints::centroid(const std::vector<int>& points) const {
  Vec sum;
  for (const int i : points) sum = sum + position[i] * ml[i];
  return sum * (1 / total_ml(points));
}

SupplyPoints sample_supply(const Anatomy& anatomy, const CentralTree& airways,
                           const std::vector<Segment>& segments, Rng& rng) {
  constexpr double kTargetJitterMm = 3.5;
  constexpr double kCentreBeyondTarget = 1.7;  // from the airway, as a multiple of the target
  SupplyPoints points;
  scatter(anatomy, rng, points);
  std::vector<Vec> centres;
  for (const Segment& segment : segments) {
    const Vec start = airways.tree[airways.end_of.at(segment.airway)].position;
    const Vec target = anatomy.frame.to_patient(segment.target + rng.normal_vec(kTargetJitterMm));
    centres.push_back(start + (target - start) * kCentreBeyondTarget);
  }
  assign_segments(segments, std::move(centres), points);
  return points;
}

}  // namespace hilum::phantom
