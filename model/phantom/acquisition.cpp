#include "model/phantom/acquisition.h"

#include <algorithm>
#include <cmath>

#include "model/phantom/filters.h"

namespace hilum::phantom {
namespace {

/// Calls `use(row, field_row)` with the first voxel of each row and the field along it.
template <class Use>
void for_each_row(const Lattice& grid, const ScalarField& field, Use use) {
  RowSampler rows(field.lattice(), grid);
  std::vector<float> values(static_cast<std::size_t>(grid.nx));
  for (int z = 0; z < grid.nz; ++z) {
    for (int y = 0; y < grid.ny; ++y) {
      rows.sample(field, y, z, values);
      use(grid.index(0, y, z), values);
    }
  }
}

/// Part of the signal comes from the heart displaced to either side.
void expose_twice(const Lattice& grid, const ScalarField& heart, double motion_mm,
                  std::vector<float>& hu) {
  constexpr float kReachMm = 14;  // around the heart
  constexpr float kFullMm = 2;
  const int shift = std::max(1, static_cast<int>(std::lround(motion_mm / grid.step_mm)));
  std::vector<float> still(static_cast<std::size_t>(grid.nx));
  for_each_row(grid, heart, [&](std::size_t row, const std::vector<float>& distance) {
    std::copy_n(&hu[row], still.size(), still.begin());
    for (int x = shift; x < grid.nx - shift; ++x) {
      if (distance[x] >= kReachMm) continue;
      const float weight = 0.5F * std::min(1.0F, (kReachMm - distance[x]) / (kReachMm - kFullMm));
      const float moved = 0.5F * (still[x - shift] + still[x + shift]);
      hu[row + x] = still[x] + (moved - still[x]) * weight;
    }
  });
}

/// Keeps only slices `slice_mm` apart and interpolates between them, as a viewer does.
void resample_slices(const Lattice& grid, double slice_mm, std::vector<float>& hu) {
  const std::vector<float> thin = hu;
  const auto area = static_cast<std::size_t>(grid.nx) * static_cast<std::size_t>(grid.ny);
  const auto slice_at = [&](double number) {
    const long z = std::lround(number * slice_mm / grid.step_mm);
    return &thin[static_cast<std::size_t>(std::clamp<long>(z, 0, grid.nz - 1)) * area];
  };
  for (int z = 0; z < grid.nz; ++z) {
    const double position = z * grid.step_mm / slice_mm;
    const double below = std::floor(position);
    const auto f = static_cast<float>(position - below);
    const float* a = slice_at(below);
    const float* b = slice_at(below + 1);
    float* out = &hu[static_cast<std::size_t>(z) * area];
    for (std::size_t i = 0; i < area; ++i) out[i] = a[i] + (b[i] - a[i]) * f;
  }
}

/// Noise is lower near the skin, where rays cross less tissue.
void add_noise(const Lattice& grid, const ScalarField& body, const Scan& scan, Rng& rng,
               std::vector<float>& hu) {
  constexpr float kSkinShare = 0.55F;
  constexpr float kFullDepthMm = 60;
  const double sigma_z = std::max(0.2, 0.35 * scan.slice_mm / grid.step_mm);
  const std::vector<float> noise = correlated_noise(grid, scan.noise_correlation, sigma_z, rng);
  const auto sd = static_cast<float>(scan.noise_hu);
  for_each_row(grid, body, [&](std::size_t row, const std::vector<float>& distance) {
    for (std::size_t x = 0; x < distance.size(); ++x) {
      const float depth = std::clamp(-distance[x] / kFullDepthMm, 0.0F, 1.0F);
      hu[row + x] += noise[row + x] * sd * (kSkinShare + (1 - kSkinShare) * depth);
    }
  });
}

}  // namespace

Scan sample_scan(Rng& rng) {
  Scan scan{};
  scan.heart_motion_mm = rng.chance(0.6) ? rng.uniform(0.5, 2.5) : 0;
  scan.psf_mm = rng.uniform(0.45, 1.0);
  scan.psf_z_mm = rng.uniform(0.4, 1.0);
  const double u = rng.uniform();
  scan.slice_mm = u < 0.55 ? 1.0 : u < 0.775 ? 2.0 : u < 0.8875 ? 3.0 : 5.0;
  scan.noise_hu = rng.log_uniform(6, 45);
  scan.noise_correlation = rng.uniform(0.2, 0.7);
  return scan;
}

Scan degraded(Scan scan, Rng& rng) {
  scan.heart_motion_mm = rng.uniform(1.5, 4);
  scan.psf_mm = rng.uniform(0.8, 1.6);
  scan.psf_z_mm = rng.uniform(0.8, 1.6);
  scan.slice_mm = rng.chance(0.5) ? rng.uniform(2, 5) : rng.uniform(5, 7);
  scan.noise_hu = rng.log_uniform(45, 100);
  scan.noise_correlation = rng.uniform(0.3, 1.0);
  return scan;
}

Scan reference_scan() { return {0, 0.6, 0.5, 1.0, 25, 0.4}; }

void acquire(const Anatomy& anatomy, const Scan& scan, const Lattice& grid, Rng& rng,
             std::vector<float>& hu) {
  if (scan.heart_motion_mm > 0) expose_twice(grid, anatomy.heart, scan.heart_motion_mm, hu);
  const double in_plane = scan.psf_mm / grid.step_mm;
  const double box_variance = scan.slice_mm * scan.slice_mm / 12;  // of the slice profile
  const double through = std::sqrt(scan.psf_z_mm * scan.psf_z_mm + box_variance) / grid.step_mm;
  blur(grid, in_plane, in_plane, through, hu);
  if (scan.slice_mm > 1.3 * grid.step_mm) resample_slices(grid, scan.slice_mm, hu);
  add_noise(grid, anatomy.body, scan, rng, hu);
  if (scan.streaks.vena_cava_hu > 0 || scan.streaks.shoulder_hu > 0) {
    add_streaks(anatomy, scan.streaks, grid, rng, hu);
  }
}

}  // namespace hilum::phantom
