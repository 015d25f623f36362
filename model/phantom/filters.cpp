#include "model/phantom/filters.h"

#include <algorithm>
#include <cmath>

namespace hilum::phantom {
namespace {

constexpr double kNegligible = 0.15;

std::vector<float> kernel(double sigma) {
  const int reach = std::max(1, static_cast<int>(std::ceil(3 * sigma)));
  std::vector<float> weights;
  double sum = 0;
  for (int i = -reach; i <= reach; ++i) sum += std::exp(-0.5 * i * i / (sigma * sigma));
  for (int i = -reach; i <= reach; ++i) {
    weights.push_back(static_cast<float>(std::exp(-0.5 * i * i / (sigma * sigma)) / sum));
  }
  return weights;
}

/// out[i] += weight * in[i]
void accumulate(float* out, const float* in, float weight, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] += weight * in[i];
}

void blur_x(const Lattice& grid, const std::vector<float>& weights, std::vector<float>& image) {
  const auto n = static_cast<std::size_t>(grid.nx);
  const std::size_t reach = weights.size() / 2;
  std::vector<float> padded(n + 2 * reach);
  for (std::size_t first = 0; first < image.size(); first += n) {
    float* line = &image[first];
    std::fill_n(padded.begin(), reach, line[0]);
    std::copy_n(line, n, padded.begin() + static_cast<std::ptrdiff_t>(reach));
    std::fill_n(padded.end() - static_cast<std::ptrdiff_t>(reach), reach, line[n - 1]);
    std::fill_n(line, n, 0.0F);
    for (std::size_t t = 0; t < weights.size(); ++t) {
      accumulate(line, &padded[t], weights[t], n);
    }
  }
}

/// Along y or z: `lines` rows of nx values lie `stride` apart, starting at `first`.
void blur_lines(float* first, int lines, std::size_t stride, std::size_t nx,
                const std::vector<float>& weights, std::vector<float>& copy) {
  const int reach = static_cast<int>(weights.size() / 2);
  for (int l = 0; l < lines; ++l) std::copy_n(first + l * stride, nx, &copy[l * nx]);
  for (int l = 0; l < lines; ++l) {
    float* out = first + l * stride;
    std::fill_n(out, nx, 0.0F);
    for (int t = -reach; t <= reach; ++t) {
      const int from = std::clamp(l + t, 0, lines - 1);
      accumulate(out, &copy[from * nx], weights[t + reach], nx);
    }
  }
}

}  // namespace

void blur(const Lattice& grid, double sigma_x, double sigma_y, double sigma_z,
          std::vector<float>& image) {
  const auto nx = static_cast<std::size_t>(grid.nx);
  const std::size_t slice = nx * static_cast<std::size_t>(grid.ny);
  std::vector<float> copy(nx * static_cast<std::size_t>(std::max(grid.ny, grid.nz)));
  if (sigma_x > kNegligible) blur_x(grid, kernel(sigma_x), image);
  if (sigma_y > kNegligible) {
    const std::vector<float> weights = kernel(sigma_y);
    for (int z = 0; z < grid.nz; ++z) {
      blur_lines(&image[z * slice], grid.ny, nx, nx, weights, copy);
    }
  }
  if (sigma_z > kNegligible) {
    const std::vector<float> weights = kernel(sigma_z);
    for (int y = 0; y < grid.ny; ++y) {
      blur_lines(&image[y * nx], grid.nz, slice, nx, weights, copy);
    }
  }
}

std::vector<float> correlated_noise(const Lattice& grid, double sigma_xy, double sigma_z,
                                    Rng& rng) {
  std::vector<float> noise(grid.count());
  for (float& v : noise) v = rng.noise();
  blur(grid, sigma_xy, sigma_xy, sigma_z, noise);
  double square = 0;
  for (const float v : noise) square += static_cast<double>(v) * v;
  const auto scale = static_cast<float>(
      1 / std::sqrt(std::max(1e-12, square / static_cast<double>(noise.size()))));
  for (float& v : noise) v *= scale;
  return noise;
}

}  // namespace hilum::phantom
