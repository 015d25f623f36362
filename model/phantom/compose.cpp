#include "model/phantom/compose.h"

#include <algorithm>
#include <cmath>

#include "model/phantom/filters.h"
#include "model/phantom/parenchyma.h"

namespace hilum::phantom {
namespace {

constexpr float kLumenHu = -990;
constexpr float kWallHu = 35;
constexpr float kSkinHu = 20;
constexpr float kSkinMm = 2;

float mix(float a, float b, float share) { return a + (b - a) * share; }

/// The anatomy along one row of voxels.
struct Row {
  explicit Row(std::size_t n)
      : body(n),
        cavity(n),
        mediastinum(n),
        heart(n),
        left_atrium(n),
        left_ventricle(n),
        right_heart(n),
        spine(n),
        below_diaphragm(n),
        lung(n),
        mottle(n),
        fissure(n),
        left_of_midline(n),
        artery_contrast(n, 1),
        vein_contrast(n, 1) {}

  std::vector<float> body, cavity, mediastinum, heart, left_atrium, left_ventricle, right_heart,
      spine, below_diaphragm, lung, mottle, fissure, left_of_midline, artery_contrast,
      vein_contrast;
};

class Composer {
 public:
  Composer(const Scene& scene, TableKind table, const Lattice& grid, Rng& rng)
      : scene_(scene),
        hu_(scene.tissue),
        grid_(grid),
        step_(static_cast<float>(grid.step_mm)),
        rows_(scene.anatomy.body.lattice(), grid),
        contrast_rows_(scene.contrast.artery.lattice(), grid),
        parenchyma_(scene.anatomy, scene.tissue, scene.disease, rng),
        row_(static_cast<std::size_t>(grid.nx)) {
    const double sigma = rng.uniform(0.7, 1.6) / grid.step_mm;  // mm
    texture_ = correlated_noise(grid, sigma, sigma, rng);
    table_ = Table(table, back_y_mm(scene.anatomy.plan) + rng.uniform(3, 9), rng);
  }

  void fill(int y, int z, float* out) {
    const Vec start = grid_.at(0, y, z);
    sample(y, z);
    parenchyma_.start_row(start.y, start.z);
    const std::size_t first = grid_.index(0, y, z);
    for (int x = 0; x < grid_.nx; ++x) {
      const Vec p{start.x + x * grid_.step_mm, start.y, start.z};
      out[x] = row_.body[x] > step_ ? outside(p) : voxel(p, x, first + x);
    }
  }

 private:
  void sample(int y, int z) {
    const Anatomy& a = scene_.anatomy;
    const auto take = [&](const ScalarField& field, std::vector<float>& values) {
      rows_.sample(field, y, z, values);
    };
    take(a.body, row_.body);
    if (std::all_of(row_.body.begin(), row_.body.end(), [&](float d) { return d > step_; })) return;
    take(a.cavity, row_.cavity);
    take(a.mediastinum, row_.mediastinum);
    take(a.heart, row_.heart);
    take(a.left_atrium, row_.left_atrium);
    take(a.left_ventricle, row_.left_ventricle);
    take(a.right_heart, row_.right_heart);
    take(a.spine, row_.spine);
    take(a.below_diaphragm, row_.below_diaphragm);
    take(a.lung, row_.lung);
    take(a.left_of_midline, row_.left_of_midline);
    take(parenchyma_.mottle(), row_.mottle);
    take(parenchyma_.fissure_distance(), row_.fissure);
    if (scene_.contrast.artery.values().empty()) return;  // the rows stay 1
    contrast_rows_.sample(scene_.contrast.artery, y, z, row_.artery_contrast);
    contrast_rows_.sample(scene_.contrast.vein, y, z, row_.vein_contrast);
  }

  /// Room air, the table and arms beside the body.
  [[nodiscard]] float outside(const Vec& p) const {
    const float hu = table_.hu(p);
    return scene_.arms.empty() ? hu : scene_.arms.over(hu, p, step_);
  }

  [[nodiscard]] float voxel(const Vec& p, int x, std::size_t i) {
    float v = soft_tissue(p, x, i);
    v = scene_.great_vessels.over(v, i);
    const float bone = edge_coverage(row_.spine[x], step_);
    if (bone > 0) v = mix(v, spine(x, i), bone);
    if (row_.cavity[x] > -1) v = scene_.bones.over(v, i);
    const float lung = edge_coverage(row_.lung[x], step_);
    if (lung > 0) {
      const LungPoint point{p,
                            row_.cavity[x],
                            row_.fissure[x],
                            row_.mottle[x],
                            texture_[i],
                            row_.left_of_midline[x] > 0 ? Side::kLeft : Side::kRight};
      v = mix(v, parenchyma_.hu(point, step_), lung);
    }
    if (scene_.great_vessels.at(i) <= 0) v = scene_.lymph_nodes.over(v, i);
    return vessels(v, x, i);
  }

  [[nodiscard]] float soft_tissue(const Vec& p, int x, std::size_t i) const {
    if (row_.cavity[x] > 0) return chest_wall(x, i);
    const bool abdomen =
        row_.below_diaphragm[x] > 0 && row_.mediastinum[x] > -6 && row_.heart[x] > 3;
    return abdomen ? abdominal(p, x, i) : mediastinal(x, i);
  }

  /// Skin, fat, muscle streaked with fat, and a layer of fat next to the pleura.
  [[nodiscard]] float chest_wall(int x, std::size_t i) const {
    const float depth = -row_.body[x];
    const float mottle = row_.mottle[x];
    const auto fat = static_cast<float>(hu_.fat);
    if (depth < kSkinMm) return kSkinHu;
    const auto thickness = static_cast<float>(scene_.anatomy.plan.fat_thickness);
    if (depth < thickness * (0.75F + 0.25F * mottle)) return fat + 6 * texture_[i];
    const float muscle = static_cast<float>(hu_.muscle) + 5 * texture_[i];
    if (row_.cavity[x] < 2) return 0.5F * (muscle + fat);
    const bool streak = 1.3F * mottle + 0.25F * texture_[i] > 0.9F && row_.cavity[x] > 12;
    return streak ? fat : muscle;
  }

  /// Diaphragm, liver on the right, spleen or stomach with or without gas on the left.
  [[nodiscard]] float abdominal(const Vec& p, int x, std::size_t i) const {
    constexpr float kDiaphragmMm = 3, kDiaphragmHu = 45, kGasHu = -820, kStomachHu = 25;
    const float mottle = row_.mottle[x];
    if (row_.below_diaphragm[x] < kDiaphragmMm) return kDiaphragmHu;
    const auto liver = static_cast<float>(hu_.liver);
    float organ = liver;
    if (p.x >= 10) organ = mottle > 0.2F ? liver - 8 : mottle < -0.9F ? kGasHu : kStomachHu;
    return organ + 4 * texture_[i];
  }

  /// Fat with unresolved small structures; the heart with its chambers in a layer of fat.
  [[nodiscard]] float mediastinal(int x, std::size_t i) const {
    const float heart = row_.heart[x];
    if (heart >= 3) {
      return static_cast<float>(hu_.fat) + 25 + 18 * row_.mottle[x] + 8 * texture_[i];
    }
    if (heart >= 0) return static_cast<float>(hu_.fat);
    if (row_.left_atrium[x] < 1.5F || row_.left_ventricle[x] < 0) {
      return static_cast<float>(hu_.left_heart);
    }
    if (row_.right_heart[x] < 0) return static_cast<float>(hu_.right_heart);
    return static_cast<float>(hu_.myocardium) + 4 * texture_[i];
  }

  [[nodiscard]] float spine(int x, std::size_t i) const {
    constexpr float kCortexMm = 2.2F;
    if (row_.spine[x] > -kCortexMm) return static_cast<float>(hu_.cortex);
    return static_cast<float>(hu_.marrow) + 25 * texture_[i];
  }

  [[nodiscard]] float vessels(float v, int x, std::size_t i) const {
    const VesselLayers& layers = scene_.vessels;
    v = mix(v, kWallHu, layers.airway_wall.at(i));
    v = mix(v, kLumenHu, layers.airway_lumen.at(i));
    const float artery = layers.artery.at(i);
    const float vein = layers.vein.at(i);
    if (artery + vein <= 0) return v;
    const float arterial = mix(static_cast<float>(hu_.artery) * row_.artery_contrast[x],
                               static_cast<float>(hu_.embolus), layers.embolus.at(i));
    const float venous = static_cast<float>(hu_.vein) * row_.vein_contrast[x];
    const float blood = (artery * arterial + vein * venous) / (artery + vein);
    return mix(v, blood, std::max(artery, vein));
  }

  const Scene& scene_;
  const TissueHu& hu_;
  const Lattice& grid_;
  float step_;
  RowSampler rows_;
  RowSampler contrast_rows_;
  Parenchyma parenchyma_;
  Row row_;
  std::vector<float> texture_;
  Table table_;
};

}  // namespace

double back_y_mm(const BodyPlan& plan) {
  const double back = 8 + plan.chest_half_depth + plan.wall_thickness + 0.55 * plan.fat_thickness;
  return back * plan.scale.y;
}

std::vector<float> compose(const Scene& scene, TableKind table, const Lattice& grid, Rng& rng) {
  std::vector<float> hu(grid.count());
  Composer composer(scene, table, grid, rng);
  for (int z = 0; z < grid.nz; ++z) {
    for (int y = 0; y < grid.ny; ++y) composer.fill(y, z, &hu[grid.index(0, y, z)]);
  }
  return hu;
}

}  // namespace hilum::phantom
