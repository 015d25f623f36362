#include "model/phantom/variation.h"

#include <cmath>
#include <iomanip>
#include <sstream>

namespace hilum::phantom {
namespace {

constexpr double kWidthMm = 360;
constexpr double kDepthMm = 300;

/// Voxels of this spacing that fill the usual window.
void set_spacing(double spacing_mm, PhantomOptions& options) {
  const auto voxels = [&](double mm) { return static_cast<int>(std::lround(mm / spacing_mm)); };
  options.spacing_mm = spacing_mm;
  options.size = {voxels(kDepthMm), voxels(kDepthMm), voxels(kWidthMm)};
}

}  // namespace

PhantomOptions training_options(std::uint64_t seed) {
  Rng rng(seed, "training");
  PhantomOptions options;
  options.seed = seed;
  if (rng.chance(0.2)) set_spacing(rng.uniform(1.0, 2.5), options);
  return options;
}

PhantomOptions shifted_options(std::uint64_t seed) {
  Rng rng(seed, "shifted");
  PhantomOptions options;
  options.seed = seed;
  set_spacing(rng.chance(0.5) ? rng.uniform(0.8, 0.95) : rng.uniform(2.7, 3.2), options);
  return options;
}

std::string describe(const PhantomOptions& options) {
  std::ostringstream words;
  words << std::fixed << std::setprecision(1) << options.spacing_mm << " mm";
  if (options.disease == PhantomOptions::Disease::kNone) words << ", no disease";
  return words.str();
}

}  // namespace hilum::phantom
