#pragma once

#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/rng.h"
#include "model/phantom/streaks.h"

namespace hilum::phantom {

/// How the scanner turns a patient into an image.
struct Scan {
  double heart_motion_mm;  ///< displacement of a double exposure near the heart; 0 = gated
  double psf_mm;           ///< standard deviation of the point spread in plane
  double psf_z_mm;
  double slice_mm;           ///< thickness; slices thicker than voxels are sampled and interpolated
  double noise_hu;           ///< standard deviation deep in the body
  double noise_correlation;  ///< standard deviation in voxels
  Streaks streaks{};
};

/// PSF .45-1.0 mm, slices of 1 (55 %), 2, 3 or 5 mm, noise 6-45 HU (published 20-28 HU,
/// PMC11612801).
Scan sample_scan(Rng& rng);

/// Beyond the usual: noise 45-100 HU, PSF up to 1.6 mm, thick slices, strong motion.
Scan degraded(Scan scan, Rng& rng);

/// A sharp, thin, gated scan with 25 HU noise, to measure the anatomy with.
Scan reference_scan();

/// Blurs, resamples, adds noise and streaks, in this order.
void acquire(const Anatomy& anatomy, const Scan& scan, const Lattice& grid, Rng& rng,
             std::vector<float>& hu);

}  // namespace hilum::phantom
