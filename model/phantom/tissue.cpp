#include "model/phantom/tissue.h"

namespace hilum::phantom {
namespace {

Phase sample_phase(Rng& rng) {
  const double u = rng.uniform();
  if (u < 0.35) return Phase::kNonContrast;
  if (u < 0.64) return Phase::kPulmonaryArtery;
  if (u < 0.80) return Phase::kMixed;
  return u < 0.90 ? Phase::kVenous : Phase::kAortic;
}

void sample_non_contrast(TissueHu& hu, Rng& rng) {
  const double blood = rng.uniform(32, 52);
  hu.artery = blood + rng.normal(0, 2);
  hu.vein = blood + rng.normal(0, 2);
  hu.left_heart = hu.right_heart = hu.aorta = hu.vena_cava = hu.lower_vena_cava = blood;
}

/// Ratios rather than values for what fills later than the arteries.
void sample_blood(TissueHu& hu, Rng& rng) {
  switch (hu.phase) {
    case Phase::kNonContrast:
      sample_non_contrast(hu, rng);
      return;
    case Phase::kPulmonaryArtery:
      hu.artery = rng.uniform(250, 520);
      hu.vein = hu.artery * rng.uniform(0.30, 0.85);
      hu.aorta = hu.vein * rng.uniform(0.50, 0.95);
      hu.vena_cava = rng.uniform(400, 1100);
      hu.right_heart = hu.artery * rng.uniform(0.90, 1.15);
      break;
    case Phase::kMixed:
      hu.artery = rng.uniform(150, 320);
      hu.vein = hu.artery * rng.uniform(0.90, 1.15);
      hu.aorta = hu.vein * rng.uniform(0.90, 1.10);
      hu.vena_cava = rng.uniform(150, 500);
      hu.right_heart = hu.artery;
      break;
    case Phase::kVenous:
      hu.artery = rng.uniform(95, 190);
      hu.vein = hu.artery * rng.uniform(0.95, 1.06);
      hu.aorta = hu.vein;
      hu.vena_cava = hu.right_heart = hu.artery;
      break;
    case Phase::kAortic:
      hu.artery = rng.uniform(90, 230);
      hu.vein = hu.artery * rng.uniform(1.1, 2.0);
      hu.aorta = hu.vein * rng.uniform(0.95, 1.15);
      hu.vena_cava = rng.uniform(80, 350);
      hu.right_heart = hu.artery;
      break;
  }
  hu.left_heart = hu.vein;
}

}  // namespace

TissueHu sample_tissue(std::optional<Phase> phase, Rng& rng) {
  TissueHu hu{};
  const Phase drawn = sample_phase(rng);
  hu.phase = phase.value_or(drawn);
  const bool contrast = hu.phase != Phase::kNonContrast;
  const bool late = contrast && hu.phase != Phase::kPulmonaryArtery;
  hu.muscle = rng.uniform(38, 62) + (contrast ? 8 : 0);
  hu.fat = rng.uniform(-118, -88);
  hu.myocardium = contrast ? rng.uniform(80, 130) : hu.muscle - 4;
  hu.liver = late ? rng.uniform(80, 130) : rng.uniform(48, 66);
  hu.cortex = rng.uniform(350, 700);
  hu.marrow = rng.uniform(120, 260);
  hu.lung = rng.uniform(-915, -800);
  hu.lung_per_mm = rng.uniform(0.1, 0.9);
  hu.lung_mottle = rng.uniform(8, 30);
  hu.lung_texture = rng.uniform(6, 18);
  hu.fissure = rng.chance(0.7) ? rng.uniform(30, 160) : 0;
  hu.embolus = rng.uniform(30, 75);
  sample_blood(hu, rng);
  if (contrast) hu.lower_vena_cava = late ? 0.5 * hu.vein + 30 : 55;
  return hu;
}

TissueHu randomised(TissueHu tissue, Rng& rng) {
  for (double TissueHu::*blood :
       {&TissueHu::artery, &TissueHu::vein, &TissueHu::left_heart, &TissueHu::right_heart,
        &TissueHu::aorta, &TissueHu::vena_cava, &TissueHu::lower_vena_cava}) {
    tissue.*blood = rng.uniform(-50, 700);
  }
  if (rng.chance(0.7)) tissue.left_heart = tissue.vein;  // mostly in one pool with its vessels
  if (rng.chance(0.7)) tissue.right_heart = tissue.artery;
  tissue.muscle = rng.uniform(0, 120);
  tissue.myocardium = rng.uniform(0, 160);
  tissue.liver = rng.uniform(0, 160);
  tissue.fat = rng.uniform(-150, -30);
  tissue.lung = rng.uniform(-980, -650);
  tissue.cortex = rng.uniform(200, 1000);
  tissue.marrow = rng.uniform(50, 400);
  return tissue;
}

}  // namespace hilum::phantom
