#pragma once

#include <vector>

#include "model/phantom/rng.h"
#include "model/phantom/scalar_field.h"

namespace hilum::phantom {

/// Separable Gaussian with these standard deviations in voxels, borders continued; axes below .15
/// voxels are left alone.
void blur(const Lattice& grid, double sigma_x, double sigma_y, double sigma_z,
          std::vector<float>& image);

/// Noise with unit variance and Gaussian correlation of these standard deviations in voxels.
std::vector<float> correlated_noise(const Lattice& grid, double sigma_xy, double sigma_z, Rng& rng);

}  // namespace hilum::phantom
