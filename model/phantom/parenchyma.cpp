#include "model/phantom/parenchyma.h"

#include <algorithm>
#include <cmath>

namespace hilum::phantom {
namespace {

constexpr float kLowestHu = -1000;
constexpr float kFluidHu = 12;
constexpr double kReach = 1.5;      // of a lesion's radius, beyond which it does nothing
constexpr float kIrregular = 0.2F;  // how far mottle moves a lesion's border, share of the radius

ScalarField smooth_noise(const Lattice& lattice, Rng& rng) {
  const SmoothField noise({14, 35, 150, 1.0}, rng);
  ScalarField field(lattice, 0);
  std::vector<Vec> row(static_cast<std::size_t>(lattice.nx));
  for (int z = 0; z < lattice.nz; ++z) {
    for (int y = 0; y < lattice.ny; ++y) {
      noise.sample_row(lattice.at(0, y, z), lattice.step_mm, row);
      float* out = &field.values()[lattice.index(0, y, z)];
      for (std::size_t x = 0; x < row.size(); ++x) out[x] = static_cast<float>(row[x].x);
    }
  }
  return field;
}

ScalarField fissure_field(const Anatomy& anatomy) {
  constexpr float kFar = 50;
  constexpr float kMarginMm = 4;
  const Lattice& lattice = anatomy.lung.lattice();
  ScalarField field(lattice, kFar);
  for (int z = 0; z < lattice.nz; ++z) {
    for (int y = 0; y < lattice.ny; ++y) {
      for (int x = 0; x < lattice.nx; ++x) {
        const std::size_t i = lattice.index(x, y, z);
        if (anatomy.lung.values()[i] >= kMarginMm) continue;
        field.values()[i] = static_cast<float>(anatomy.fissures.distance(lattice.at(x, y, z)));
      }
    }
  }
  return field;
}

/// Share of a lesion at `distance` outside its border: sharp for nodules, soft for the others.
float lesion_share(const FocalLesion& lesion, float distance, float voxel_mm) {
  constexpr float kSoftMm = 2.5F;
  constexpr float kEmphysemaMm = 1.2F;
  if (lesion.kind == FocalLesion::Kind::kNodule) {
    return std::clamp(0.5F - distance / voxel_mm, 0.0F, 1.0F);
  }
  const bool emphysema = lesion.kind == FocalLesion::Kind::kEmphysema;
  return 1 / (1 + std::exp(distance / (emphysema ? kEmphysemaMm : kSoftMm)));
}

bool replaces_lung(const FocalLesion& lesion) {
  return lesion.kind == FocalLesion::Kind::kNodule ||
         lesion.kind == FocalLesion::Kind::kConsolidation;
}

}  // namespace

Parenchyma::Parenchyma(const Anatomy& anatomy, const TissueHu& tissue, const LungDisease& disease,
                       Rng& rng)
    : tissue_(tissue),
      disease_(disease),
      mottle_(smooth_noise(anatomy.lung.lattice(), rng)),
      fissure_(fissure_field(anatomy)) {}

void Parenchyma::start_row(double y_mm, double z_mm) {
  near_.clear();
  for (const FocalLesion& lesion : disease_.focal) {
    const double dy = y_mm - lesion.centre.y;
    const double dz = z_mm - lesion.centre.z;
    const double reach = kReach * lesion.radius_mm * (1 + 3 * kIrregular);
    if (dy * dy + dz * dz < reach * reach) near_.push_back(lesion);
  }
}

float Parenchyma::hu(const LungPoint& point, float voxel_mm) const {
  float hu = static_cast<float>(tissue_.lung + tissue_.lung_per_mm * point.position.y) +
             point.mottle * static_cast<float>(tissue_.lung_mottle) +
             point.texture * static_cast<float>(tissue_.lung_texture);
  const float fissure = 1 - std::abs(point.fissure) / voxel_mm;
  if (fissure > 0) hu += static_cast<float>(tissue_.fissure) * fissure;
  return std::max(kLowestHu, diseased(point, voxel_mm, hu));
}

float Parenchyma::diseased(const LungPoint& point, float voxel_mm, float hu) const {
  constexpr float kDependentMm = 9;   // depth of atelectasis
  constexpr double kDependentY = 45;  // in front of it none
  if (disease_.dependent_hu > 0 && point.position.y > kDependentY) {
    const float share = std::max(0.0F, (point.cavity + kDependentMm) / kDependentMm);
    hu += static_cast<float>(disease_.dependent_hu) * share * share;
  }
  for (const FocalLesion& lesion : near_) {
    const Vec d = point.position - lesion.centre;
    const auto radius = static_cast<float>(lesion.radius_mm) * (1 + kIrregular * point.mottle);
    const auto distance = static_cast<float>(length(d));
    if (distance > static_cast<float>(kReach) * radius) continue;
    const float share = lesion_share(lesion, distance - radius, voxel_mm);
    const auto value = static_cast<float>(lesion.hu);
    hu += share * (replaces_lung(lesion) ? value - hu : value);
  }
  if (point.side != disease_.effusion) return hu;
  const double level = disease_.effusion_y_mm - 0.15 * (point.position.z + 40);
  const auto depth = static_cast<float>(level - point.position.y);
  return hu + (kFluidHu - hu) * std::clamp(0.5F - depth / voxel_mm, 0.0F, 1.0F);
}

}  // namespace hilum::phantom
