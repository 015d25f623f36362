#include "model/phantom/anatomy.h"

#include <algorithm>

#include "model/phantom/thorax.h"

namespace hilum::phantom {
namespace {

// Holds the lungs of the largest patient (7 L) and the body over a field of view of 400 mm.
constexpr double kStepMm = 3;
constexpr Lattice kLattice{140, 118, 122, kStepMm, {-208.5, -168, -228}};
constexpr float kOutside = 50;     // stands for "far away" where a shape is not evaluated
constexpr double kSkinMargin = 9;  // mm beyond the skin that interpolation can still reach
constexpr double kMediastinumReach = 115;

struct Shapes {
  const BodyPlan& plan;
  Mediastinum mediastinum;
};

void evaluate(const Shapes& shapes, const Vec& t, std::size_t i, Anatomy& out) {
  const double body = body_distance(shapes.plan, t);
  const auto set = [i](ScalarField& field, double d) { field.values()[i] = static_cast<float>(d); };
  set(out.body, body);
  set(out.left_of_midline, t.x);
  if (body > kSkinMargin) return;
  const double cavity = cavity_distance(shapes.plan, t);
  const double below = below_diaphragm(shapes.plan, t);
  set(out.cavity, cavity);
  set(out.below_diaphragm, below);
  double mediastinum = kOutside;
  if (std::abs(t.x) < kMediastinumReach) {
    const HeartDistances heart = heart_distances(shapes.plan, t);
    mediastinum = shapes.mediastinum.distance(t, heart.heart);
    set(out.heart, heart.heart);
    set(out.left_atrium, heart.left_atrium);
    set(out.left_ventricle, heart.left_ventricle);
    set(out.right_heart, heart.right_heart);
    set(out.spine, spine_bone_distance(shapes.plan, t));
  }
  set(out.mediastinum, mediastinum);
  const double lung = std::max({cavity, -mediastinum, 0.75 * below});
  set(out.lung, lung);
  out.lung_depth.values()[i] = lung < 0 ? kFar : 0;
}

void evaluate_shapes(Anatomy& out) {
  const Shapes shapes{out.plan, Mediastinum(out.plan)};
  std::vector<Vec> row(static_cast<std::size_t>(kLattice.nx));
  for (int z = 0; z < kLattice.nz; ++z) {
    for (int y = 0; y < kLattice.ny; ++y) {
      out.frame.template_row(kLattice.at(0, y, z), kStepMm, row);
      const std::size_t first = kLattice.index(0, y, z);
      for (std::size_t x = 0; x < row.size(); ++x) evaluate(shapes, row[x], first + x, out);
    }
  }
}

}  // namespace

Anatomy build_anatomy(std::uint64_t seed, const PatientVariation& variation) {
  Rng rng(seed, "anatomy");
  BodyPlan plan = sample_body_plan(rng);
  apply(variation, plan);
  const Frame frame = sample_frame(plan, rng);
  const ScalarField far(kLattice, kOutside);
  Anatomy anatomy{.plan = plan,
                  .frame = frame,
                  .fissures = Fissures(plan, frame, rng),
                  .body = far,
                  .cavity = far,
                  .lung = far,
                  .mediastinum = far,
                  .heart = far,
                  .left_atrium = far,
                  .left_ventricle = far,
                  .right_heart = far,
                  .spine = far,
                  .below_diaphragm = ScalarField(kLattice, -kOutside),
                  .left_of_midline = far,
                  .lung_depth = ScalarField(kLattice, 0)};
  evaluate_shapes(anatomy);
  to_distance(anatomy.lung_depth);
  return anatomy;
}

}  // namespace hilum::phantom
