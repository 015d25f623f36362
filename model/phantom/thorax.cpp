#include "model/phantom/thorax.h"

namespace hilum::phantom {
namespace {

constexpr Vec kHeartCentre{20, -30, -68};
constexpr Vec kHeartAxes{56, 40, 48};
constexpr double kHeartTurn = 0.5;  // radians, about the body axis
constexpr Vec kRightAtriumCentre{-24, -24, -70};
constexpr Vec kRightAtriumAxes{22, 26, 29};
constexpr Vec kLeftAtriumCentre{5, 4, -50};
constexpr Vec kLeftAtriumAxes{33, 19, 24};  // CT: 52 x 49 x 35 mm, 93 mL
constexpr double kDiscPeriod = 24;
constexpr double kDiscHeight = 5;

/// Generalised ellipse: 1 on the border.
double superellipse(double u, double v, double exponent) {
  return std::pow(std::pow(std::abs(u), exponent) + std::pow(std::abs(v), exponent), 1 / exponent);
}

/// Into the frame in which the heart's axes are those of the ellipsoid.
Vec heart_frame(const BodyPlan& plan, const Vec& t) {
  const Vec d = t - kHeartCentre;
  const double c = std::cos(plan.heart_tilt);
  const double s = std::sin(plan.heart_tilt);
  const Vec tilted{d.x * c - d.z * s, d.y, d.x * s + d.z * c};
  const double cz = std::cos(kHeartTurn);
  const double sz = std::sin(kHeartTurn);
  return {tilted.x * cz - tilted.y * sz, tilted.x * sz + tilted.y * cz, tilted.z};
}

double vertebral_body(const Vec& t) { return std::hypot(t.x / 1.15, t.y - 40) - 17; }

/// Half width of the tissue between the lungs.
double slab_half_width(const Vec& t) {
  double width = 21;  // beside the spine
  if (t.y < -30) {    // narrows to the sternum, wider beside the heart
    width = std::max(5.0, 27 - 0.55 * (-30 - t.y)) + (t.z < -30 ? 8 : 0);
  } else if (t.y <= 22) {
    width = 21 + 6 * ramp(60 - t.z, 0, 60);
  }
  return t.z > 50 ? std::min(width, 24.0) + 0.15 * (t.z - 50) : width;
}

}  // namespace

double cavity_distance(const BodyPlan& plan, const Vec& t) {
  constexpr double kExponent = 2.35;
  const double x = std::abs(t.x);
  const double above = std::max(0.0, t.z - plan.taper_z);
  const double centre_x = 50 - 8 * ramp(t.z, 10, 70);
  const double centre_y = 4 + 10 * ramp(t.z, 10, 75);
  const double semi_x = x > centre_x ? plan.chest_half_width - 50 : centre_x + 25;
  const double semi_y = plan.chest_half_depth * (t.y > centre_y ? 0.98 : 0.96);
  double r = superellipse((x - centre_x) / semi_x, (t.y - centre_y) / semi_y, kExponent);
  if (above > 0)
    r = superellipse(r, std::pow(above / (plan.apex_z - plan.taper_z), 1.3), kExponent);
  const double reach = length({x - centre_x, t.y - centre_y, 0.8 * above});
  return r > 1e-6 ? (r - 1) * std::max(reach, 20.0) / std::max(r, 0.25) : -40;
}

double below_diaphragm(const BodyPlan& plan, const Vec& t) {
  const double dome = t.x < 0 ? plan.right_dome_z : plan.left_dome_z;
  const double lateral = std::abs(t.x) - 58;
  const double posterior = t.y + 14;
  const auto parabola = [](double d, double drop, double reach) {
    return drop * (d / reach) * (d / reach);
  };
  const double drop = (lateral > 0 ? parabola(lateral, 52, 65) : parabola(lateral, 30, 85)) +
                      (posterior > 0 ? parabola(posterior, 62, 90) : parabola(posterior, 30, 70));
  constexpr double kDeepest = 95;
  return dome - kDeepest * (1 - std::exp(-drop / kDeepest)) - t.z;
}

double body_distance(const BodyPlan& plan, const Vec& t) {
  const double shoulder = std::max(0.0, (t.z - 30) / 70);
  const double narrow = std::min(1.0, shoulder);
  const double wall = plan.wall_thickness + 0.55 * plan.fat_thickness;
  const double semi_x =
      plan.chest_half_width + wall - 6 * narrow + 14 * std::min(1.0, shoulder * shoulder);
  const double semi_y = plan.chest_half_depth + wall - 10 * narrow;
  const double r = superellipse(t.x / semi_x, (t.y - 8) / semi_y, 2.5);
  return (r - 1) * std::hypot(t.x, t.y - 8) / std::max(r, 0.2);
}

double spine_bone_distance(const BodyPlan& plan, const Vec& t) {
  const double body = vertebral_body(t);
  const double height = std::fmod(t.z + 1000 + plan.disc_phase, kDiscPeriod);
  const double vertebra = height < kDiscHeight ? std::max(body, 3.0) : body;
  const double from_canal = std::hypot(t.x, t.y - 64);
  const double spinous = distance_to({{0, 70, t.z}, {0, 92, t.z - 8}, 5, 3}, t);
  const double transverse = distance_to({{-30, 62, t.z}, {30, 62, t.z}, 4.5, 4.5}, t);
  const double ring = std::abs(from_canal - 11) - 2.5;
  const double arch = smooth_min(std::min(spinous, transverse), ring, 4);
  return std::min(vertebra, std::max(arch, 9 - from_canal));
}

HeartDistances heart_distances(const BodyPlan& plan, const Vec& t) {
  const Vec local = heart_frame(plan, t);
  const double scale = plan.heart_scale;
  const double ventricles = distance_to_ellipsoid(kHeartAxes * scale, local);
  const double left_atrium = distance_to_ellipsoid(kLeftAtriumAxes, t - kLeftAtriumCentre);
  const double right_atrium = distance_to_ellipsoid(kRightAtriumAxes, t - kRightAtriumCentre);
  HeartDistances d{};
  d.heart = smooth_min(smooth_min(ventricles, left_atrium, 12), right_atrium, 12);
  d.left_atrium = left_atrium;
  d.left_ventricle = distance_to_ellipsoid(Vec{30, 21, 23} * scale, local - Vec{14, 9, 0});
  d.right_heart = std::min(right_atrium + 2,
                           distance_to_ellipsoid(Vec{36, 15, 30} * scale, local - Vec{2, -20, -2}));
  return d;
}

const std::vector<Vec>& aorta_path() {
  static const std::vector<Vec> path{{-12, -26, -58}, {-16, -36, -34}, {-17, -36, -8},
                                     {-12, -30, 18},  {0, -16, 34},    {13, 4, 38},
                                     {22, 22, 28},    {24, 32, 8},     {22, 36, -30},
                                     {16, 38, -80},   {8, 38, -140},   {6, 40, -230}};
  return path;
}

const std::vector<Vec>& vena_cava_path() {
  static const std::vector<Vec> path{
      {-30, -20, 80}, {-28, -20, 50}, {-28, -21, 10}, {-27, -18, -22}, {-26, -14, -45}};
  return path;
}

const std::vector<Vec>& azygos_path() {
  static const std::vector<Vec> path{{-13, 22, -230}, {-13, 21, -80}, {-12, 21, -20}, {-14, 18, 2},
                                     {-19, 8, 11},    {-26, -6, 13},  {-28, -18, 11}};
  return path;
}

const std::vector<Vec>& lower_vena_cava_path() {
  static const std::vector<Vec> path{
      {-24, -16, -82}, {-22, -6, -104}, {-19, 8, -130}, {-17, 14, -230}};
  return path;
}

const std::vector<Vec>& trachea_path() {
  static const std::vector<Vec> path{
      {0, -14, 150}, {0, -12, 80}, {0, -8, 40}, {0, -2, 10}, {0, 0, 0}};
  return path;
}

Mediastinum::Mediastinum(const BodyPlan& plan) {
  add(aorta_path(), plan.aorta_radius + 3);
  add(vena_cava_path(), plan.vena_cava_radius + 2.5);
  add(trachea_path(), plan.trachea_radius + 4);
  add({{0, 0, 0}, {-22, 4, -15}, {-30, 2, -40}}, 9);  // right main bronchus
  add({{0, 0, 0}, {22, 6, -14}, {40, 10, -24}}, 9);   // left main bronchus
  add({{20, -52, -45},
       {20, -38, -20},
       {17, -26, -13},
       {0, -20, -18},
       {-22, -16, -21},
       {-34, -11, -22}},
      plan.right_pa_radius + 3);
  add({{17, -26, -13}, {30, -8, -4}, {42, 8, -3}}, plan.left_pa_radius + 3);
  add({{5, 20, 100}, {6, 20, 20}, {6, 22, -40}, {4, 20, -110}}, 10);  // oesophagus
  add({{-20, -2, -38}, {-34, -13, -34}}, 8);                          // the four veins
  add({{-20, 10, -56}, {-33, 17, -60}}, 8);
  add({{30, -2, -32}, {41, -12, -23}}, 8);
  add({{30, 10, -48}, {41, 22, -50}}, 8);
}

void Mediastinum::add(const std::vector<Vec>& path, double radius) {
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const Vec centre = (path[i] + path[i + 1]) * 0.5;
    const double bound = 0.5 * length(path[i + 1] - path[i]) + radius;
    sleeves_.push_back({{path[i], path[i + 1], radius, radius}, centre, bound});
  }
}

double Mediastinum::distance(const Vec& t, double heart) const {
  constexpr double kBlend = 7;
  const double midline = t.y < -38 ? 3 : 0;  // the anterior junction lies slightly left
  double d = std::abs(t.x - midline) - slab_half_width(t);
  const double paraspinal = std::hypot(t.x, t.y - 70) - 24;
  d = smooth_min(d, smooth_min(vertebral_body(t) - 5, paraspinal, 10), 10);
  for (const Sleeve& sleeve : sleeves_) {
    if (length(t - sleeve.centre) - sleeve.bound >= d + kBlend) continue;  // cannot matter
    d = smooth_min(d, distance_to(sleeve.cone, t), kBlend);
  }
  return smooth_min(d, heart - 5, 8);
}

}  // namespace hilum::phantom
