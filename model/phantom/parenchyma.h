#pragma once

#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/lesions.h"
#include "model/phantom/tissue.h"

namespace hilum::phantom {

/// A point of the lung and what is known there.
struct LungPoint {
  Vec position;
  float cavity;   ///< signed distance to the chest wall, mm
  float fissure;  ///< to the nearest fissure, mm
  float mottle;   ///< smooth variation, unit variance
  float texture;  ///< fine variation, unit variance
  Side side;
};

/// Lung tissue between the vessels: gravity, mottle, texture, fissures and disease. Points must be
/// asked for row by row.
class Parenchyma {
 public:
  Parenchyma(const Anatomy& anatomy, const TissueHu& tissue, const LungDisease& disease, Rng& rng);

  [[nodiscard]] const ScalarField& mottle() const { return mottle_; }
  /// Evaluated in and near the lungs only, far elsewhere.
  [[nodiscard]] const ScalarField& fissure_distance() const { return fissure_; }

  /// Selects the lesions that the row at these coordinates can meet.
  void start_row(double y_mm, double z_mm);
  [[nodiscard]] float hu(const LungPoint& point, float voxel_mm) const;

 private:
  [[nodiscard]] float diseased(const LungPoint& point, float voxel_mm, float hu) const;

  const TissueHu& tissue_;
  const LungDisease& disease_;
  ScalarField mottle_;
  ScalarField fissure_;
  std::vector<FocalLesion> near_;
};

}  // namespace hilum::phantom
