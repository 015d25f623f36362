#pragma once

#include <algorithm>
#include <cmath>

#include "model/phantom/vec.h"

namespace hilum::phantom {

/// An elliptic cross-section of the same area as the circle: `aspect` times as wide along `wide`
/// (unit vector perpendicular to the axis) as across.
struct Oval {
  double aspect = 1;
  Vec wide{};
};

/// A cone with round ends around the segment a-b.
struct Cone {
  Vec a;
  Vec b;
  double radius_a;
  double radius_b;
  Oval oval{};
};

/// Signed distance in mm, negative inside.
inline double distance_to(const Cone& cone, const Vec& p) {
  const Vec axis = cone.b - cone.a;
  const Vec from_a = p - cone.a;
  const double t = std::clamp(dot(from_a, axis) / std::max(1e-9, dot(axis, axis)), 0.0, 1.0);
  return length(from_a - axis * t) - (cone.radius_a + (cone.radius_b - cone.radius_a) * t);
}

/// First-order signed distance to the ellipsoid around the origin with these semi-axes.
inline double distance_to_ellipsoid(const Vec& semi, const Vec& p) {
  const Vec scaled{p.x / semi.x, p.y / semi.y, p.z / semi.z};
  const double k0 = length(scaled);
  const double k1 = length(Vec{scaled.x / semi.x, scaled.y / semi.y, scaled.z / semi.z});
  return k1 > 1e-9 ? k0 * (k0 - 1) / k1 : -std::min({semi.x, semi.y, semi.z});
}

/// Minimum with a fillet of `blend` mm where both distances are close.
inline double smooth_min(double a, double b, double blend) {
  const double h = std::max(blend - std::abs(a - b), 0.0) / blend;
  return std::min(a, b) - h * h * blend * 0.25;
}

/// 0 below `low`, 1 above `high`, linear between.
inline double ramp(double value, double low, double high) {
  return std::clamp((value - low) / (high - low), 0.0, 1.0);
}

}  // namespace hilum::phantom
