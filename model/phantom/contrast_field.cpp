#include "model/phantom/contrast_field.h"

#include <array>

#include "model/phantom/shapes.h"

namespace hilum::phantom {
namespace {

constexpr double kStepMm = 6;

Lattice coarser(const Lattice& fine) {
  const auto points = [&](int n) { return static_cast<int>((n - 1) * fine.step_mm / kStepMm) + 1; };
  return {points(fine.nx), points(fine.ny), points(fine.nz), kStepMm, fine.origin};
}

}  // namespace

ContrastField contrast_field(const Anatomy& anatomy, const ContrastSpread& spread, Rng& rng) {
  constexpr double kMarginMm = 6;      // around the lungs, where values must still be those inside
  constexpr double kHilumDepthMm = 8;  // fading in from the border of the lung
  constexpr double kPathMm = 130;      // from the carina to the pleura
  std::array<double, 5> artery{};
  std::array<double, 5> vein{};
  for (double& share : artery) share = rng.uniform(-spread.lobes, spread.lobes);
  for (double& share : vein) share = rng.uniform(-spread.lobes, spread.lobes);
  if (spread.lobes <= 0 && spread.drop <= 0) return {};
  const Lattice lattice = coarser(anatomy.lung.lattice());
  ContrastField field{ScalarField(lattice, 1), ScalarField(lattice, 1)};
  for (int z = 0; z < lattice.nz; ++z) {
    for (int y = 0; y < lattice.ny; ++y) {
      for (int x = 0; x < lattice.nx; ++x) {
        const Vec p = lattice.at(x, y, z);
        if (anatomy.lung.at(p) > kMarginMm) continue;
        const auto lobe = static_cast<std::size_t>(anatomy.fissures.lobe_at(p));
        const double inside = ramp(anatomy.mediastinum.at(p), 0, kHilumDepthMm);
        const double lost = spread.drop * ramp(length(p), 35, kPathMm);
        const std::size_t i = lattice.index(x, y, z);
        field.artery.values()[i] = static_cast<float>(1 + inside * artery[lobe] - lost);
        field.vein.values()[i] = static_cast<float>(1 + inside * vein[lobe]);
      }
    }
  }
  return field;
}

}  // namespace hilum::phantom
