#include "model/phantom/solids.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "model/phantom/hilum_template.h"
#include "model/phantom/structure.h"
#include "model/phantom/thorax.h"

namespace hilum::phantom {
namespace {

/// A bend of a tube in template mm; the radius is final.
struct Bend {
  Vec point;
  double radius_mm;
};

std::vector<Cone> placed(const Frame& frame, const std::vector<Bend>& bends) {
  std::vector<Cone> cones;
  for (std::size_t i = 0; i + 1 < bends.size(); ++i) {
    cones.push_back({frame.to_patient(bends[i].point), frame.to_patient(bends[i + 1].point),
                     bends[i].radius_mm, bends[i + 1].radius_mm});
  }
  return cones;
}

/// Bends along `path` with `radius` times the matching factor.
std::vector<Bend> tube(const std::vector<Vec>& path, double radius,
                       const std::vector<double>& factors) {
  std::vector<Bend> bends;
  for (std::size_t i = 0; i < path.size(); ++i) bends.push_back({path[i], radius * factors[i]});
  return bends;
}

/// Bones are drawn in template space: cortex of 2.2 mm around marrow.
class BoneDrawer {
 public:
  BoneDrawer(const Anatomy& anatomy, const TissueHu& tissue, const Lattice& grid, Rng& rng)
      : anatomy_(anatomy), tissue_(tissue), rng_(rng), solids_(grid) {}

  void add_rib(double side, int number) {
    constexpr int kSteps = 46;
    constexpr double kRadius = 4.6;
    constexpr double kCartilageHu = 90;
    constexpr double kCartilageAngle = 2.65;  // of pi, measured from the spine
    const double head_z = 98 - 24.5 * number + rng_.normal(0, 1);
    const double fall = 18 + 3.0 * number;
    const double arc = std::numbers::pi * (number > 9 ? 0.62 : 0.97);  // the last two float
    Vec previous;
    for (int k = 0; k <= kSteps; ++k) {
      const double angle = arc * k / kSteps;
      const double z = head_z - fall * (1 - std::cos(angle)) * 0.62 - 6 * std::sin(angle);
      const Vec point =
          k < 3 ? Vec{side * (16.0 + 7 * k), 58.0 + 5 * k, z + 2} : on_chest_wall(side, angle, z);
      const Vec here = anatomy_.frame.to_patient(point);
      if (k > 0 && length(here - previous) < 30) {
        const double shell = angle > kCartilageAngle ? kCartilageHu : tissue_.cortex;
        solids_.add_hollow({previous, here, kRadius, kRadius}, tissue_.marrow, shell, kShellMm);
      }
      previous = here;
    }
  }

  void add_sternum() {
    const double y = -anatomy_.plan.chest_half_depth - 3;
    const double cortex = 0.8 * tissue_.cortex;
    for (int k = 0; k < 10; ++k) {
      const double z = 48 - k * 15.0;
      add({{-9, y, z}, {9, y, z}, 5.5, 5.5}, cortex);
      add({{0, y, z}, {0, y, z - 15}, 6, 6}, cortex);
    }
  }

  void add_shoulder(double side) {
    for (int k = 0; k < 9; ++k) {
      const double z = 92 - k * 14.0;
      const Vec inner{side * (78 + k * 2.2), 92 - k * 0.5, z};
      const Vec outer{side * (122 - k * 5.0), 72 + k * 2.0, z};
      const Vec lower{side * (119 - k * 5.0), 75 + k * 2.0, z - 14};
      add({inner, outer, 3.2, 4.2}, tissue_.cortex);
      add({outer, lower, 4, 4}, tissue_.cortex);
    }
    add({{side * 12, -58, 72}, {side * 70, -52, 96}, 6, 6}, tissue_.cortex);  // clavicle
    add({{side * 70, -52, 96}, {side * 140, -10, 116}, 6, 6.5}, tissue_.cortex);
  }

  Solids take() { return std::move(solids_); }

 private:
  static constexpr double kShellMm = 2.2;

  void add(const Cone& bone, double cortex) {
    const Cone placed{anatomy_.frame.to_patient(bone.a), anatomy_.frame.to_patient(bone.b),
                      bone.radius_a, bone.radius_b};
    solids_.add_hollow(placed, tissue_.marrow, cortex, kShellMm);
  }

  /// Where the ray from the spine at `angle` lies 6.5 mm outside the pleural cavity.
  [[nodiscard]] Vec on_chest_wall(double side, double angle, double z) const {
    constexpr double kOutsideMm = 6.5;
    constexpr double kStepMm = 3.5;
    const auto at = [&](double t) {
      return Vec{side * (14 + std::sin(angle) * t), 8 + std::cos(angle) * t, z};
    };
    double t = 20;
    double before = cavity_distance(anatomy_.plan, at(t));
    for (int k = 0; k < 60; ++k) {
      const double here = cavity_distance(anatomy_.plan, at(t + kStepMm));
      if (here > kOutsideMm) return at(t + kStepMm * ramp(kOutsideMm, before, here));
      before = here;
      t += kStepMm;
    }
    return at(t);
  }

  const Anatomy& anatomy_;
  const TissueHu& tissue_;
  Rng& rng_;
  Solids solids_;
};

}  // namespace

void Solids::add_layered(const Cone& cone, const Layers& layers, std::uint8_t structure) {
  if (hu_.empty()) {
    coverage_ = Coverage(grid_.count());
    hu_.resize(grid_.count(), 0);
    structure_.resize(grid_.count(), 0);
  }
  const auto step = static_cast<float>(grid_.step_mm);
  const auto core = static_cast<std::int16_t>(std::lround(layers.core_hu));
  const auto shell = static_cast<std::int16_t>(std::lround(layers.shell_hu));
  const auto depth = static_cast<float>(layers.shell_mm);
  visit_cone(grid_, cone, 0, [&](std::size_t voxel, float distance, float radius) {
    const float share = edge_coverage(distance - radius, step);
    if (share <= coverage_.at(voxel)) return;
    coverage_.raise(voxel, share);
    hu_[voxel] = radius - distance < depth ? shell : core;
    structure_[voxel] = structure;
  });
}

std::vector<Cone> trunk_cones(const Anatomy& anatomy) {
  return placed(anatomy.frame, tube(trunk_path(), anatomy.plan.trunk_radius, {1.05, 1, 0.97, 0.9}));
}

Solids draw_great_vessels(const Anatomy& anatomy, const TissueHu& tissue, const Lattice& grid) {
  const BodyPlan& plan = anatomy.plan;
  const double cava = plan.vena_cava_radius;
  Solids solids(grid);
  const auto add = [&](const std::vector<Bend>& bends, double hu, std::uint8_t structure = 0) {
    for (const Cone& cone : placed(anatomy.frame, bends)) solids.add(cone, hu, structure);
  };
  add(tube(aorta_path(), plan.aorta_radius,
           {1.05, 1.05, 1, 0.95, 0.92, 0.9, 0.86, 0.84, 0.82, 0.8, 0.76, 0.75}),
      tissue.aorta, kAorta);
  add(tube(vena_cava_path(), cava, {1, 1, 1, 1, 1}), tissue.vena_cava, kVenaCava);
  add(tube(lower_vena_cava_path(), 1.15 * cava, {1, 1, 1, 1}), tissue.lower_vena_cava, kVenaCava);
  for (const Cone& cone : trunk_cones(anatomy)) solids.add(cone, tissue.right_heart, kHeart);
  // Azygos vein: right of the front of the spine, then over the right main bronchus.
  constexpr double kAzygosMm = 3.8;
  std::vector<Bend> azygos;
  for (const Vec& point : azygos_path()) azygos.push_back({point, kAzygosMm});
  add(azygos, tissue.lower_vena_cava);
  // Brachiocephalic veins.
  add({{{-30, -20, 80}, 0.8 * cava}, {{-45, -16, 100}, 0.7 * cava}, {{-75, -14, 112}, 0.6 * cava}},
      tissue.vena_cava, kVenaCava);
  add({{{-28, -20, 56}, 0.7 * cava},
       {{0, -34, 60}, 0.7 * cava},
       {{35, -22, 82}, 0.65 * cava},
       {{60, -14, 104}, 0.6 * cava}},
      tissue.vena_cava, kVenaCava);
  // Arch branches: brachiocephalic, left carotid, left subclavian.
  add({{{0, -22, 34}, 6.5}, {{-14, -20, 60}, 6}, {{-18, -12, 95}, 4.5}, {{-22, -10, 150}, 4}},
      tissue.aorta);
  add({{{6, -8, 37}, 4}, {{10, -12, 70}, 3.6}, {{16, -10, 150}, 3.4}}, tissue.aorta);
  add({{{14, 4, 38}, 4.6}, {{22, 2, 75}, 4.4}, {{34, 0, 105}, 4.2}}, tissue.aorta);
  return solids;
}

Solids draw_bones(const Anatomy& anatomy, const TissueHu& tissue, const Lattice& grid, Rng& rng) {
  constexpr int kRibs = 12;
  BoneDrawer drawer(anatomy, tissue, grid, rng);
  for (const double side : {-1.0, 1.0}) {
    for (int number = 0; number < kRibs; ++number) drawer.add_rib(side, number);
    drawer.add_shoulder(side);
  }
  drawer.add_sternum();
  return drawer.take();
}

}  // namespace hilum::phantom
