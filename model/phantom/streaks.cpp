#include "model/phantom/streaks.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/phantom/thorax.h"

namespace hilum::phantom {
namespace {

constexpr double kLongestRayMm = 90;

/// Where the superior vena cava meets the slice at `z`; false below and above it.
bool vena_cava_at(const Frame& frame, double z, Vec& centre) {
  const std::vector<Vec>& path = vena_cava_path();
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const Vec a = frame.to_patient(path[i]);
    const Vec b = frame.to_patient(path[i + 1]);
    if (z > a.z || z < b.z) continue;
    centre = b + (a - b) * ((z - b.z) / std::max(1e-6, a.z - b.z));
    return true;
  }
  return false;
}

/// Bright and dark rays: a few waves over the full turn.
class Rays {
 public:
  explicit Rays(Rng& rng) {
    for (Wave& wave : waves_) {
      wave.turns = 2 + rng.index(12);
      wave.phase = rng.uniform(0, 6.283);
      wave.weight = static_cast<float>(rng.uniform(0.2, 0.6));
    }
  }
  [[nodiscard]] float at(float angle) const {
    float sum = 0;
    for (const Wave& w : waves_) {
      sum += w.weight * std::sin(static_cast<float>(w.turns) * angle + static_cast<float>(w.phase));
    }
    return sum;
  }

 private:
  struct Wave {
    int turns = 0;
    double phase = 0;
    float weight = 0;
  };
  std::array<Wave, 4> waves_;
};

void add_rays(const Vec& centre, const Rays& rays, double amplitude_hu, int z, const Lattice& grid,
              std::vector<float>& hu) {
  constexpr double kFade = 35;  // mm
  for (int y = 0; y < grid.ny; ++y) {
    const double dy = grid.at(0, y, z).y - centre.y;
    if (std::abs(dy) > kLongestRayMm) continue;
    for (int x = 0; x < grid.nx; ++x) {
      const double dx = grid.at(x, y, z).x - centre.x;
      const double r = std::hypot(dx, dy);
      if (r > kLongestRayMm) continue;
      const double fade = std::exp(-r / kFade) * std::min(1.0, r / 4);
      const auto angle = static_cast<float>(std::atan2(dy, dx));
      hu[grid.index(x, y, z)] += static_cast<float>(amplitude_hu * fade) * rays.at(angle);
    }
  }
}

void add_shoulder_lines(const Anatomy& anatomy, double amplitude_hu, int z, const Lattice& grid,
                        Rng& rng, std::vector<float>& hu) {
  constexpr float kInsideMm = 10;
  RowSampler rows(anatomy.body.lattice(), grid);
  std::vector<float> body(static_cast<std::size_t>(grid.nx));
  float smooth = 0;
  for (int y = 0; y < grid.ny; ++y) {
    smooth = 0.6F * smooth + 0.8F * static_cast<float>(rng.normal());
    rows.sample(anatomy.body, y, z, body);
    const float line = smooth * static_cast<float>(amplitude_hu);
    for (int x = 0; x < grid.nx; ++x) {
      const float share = std::clamp(-body[x] / kInsideMm, 0.0F, 1.0F);
      hu[grid.index(x, y, z)] += line * share;
    }
  }
}

}  // namespace

void add_streaks(const Anatomy& anatomy, const Streaks& streaks, const Lattice& grid, Rng& rng,
                 std::vector<float>& hu) {
  constexpr double kShoulderZ = 55;  // template mm
  const double shoulder_z = anatomy.frame.to_patient({0, 0, kShoulderZ}).z;
  for (int z = 0; z < grid.nz; ++z) {
    const double height = grid.at(0, 0, z).z;
    const Rays rays(rng);  // drawn in every slice, so that one slice's do not move the next one's
    Vec centre;
    if (streaks.vena_cava_hu > 0 && vena_cava_at(anatomy.frame, height, centre)) {
      add_rays(centre, rays, streaks.vena_cava_hu, z, grid, hu);
    }
    if (streaks.shoulder_hu > 0 && height > shoulder_z) {
      const double share = std::min(1.0, (height - shoulder_z) / 25);
      add_shoulder_lines(anatomy, streaks.shoulder_hu * share, z, grid, rng, hu);
    }
  }
}

}  // namespace hilum::phantom
