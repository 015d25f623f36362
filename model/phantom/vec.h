#pragma once

#include <cmath>

namespace hilum::phantom {

/// A point in millimetres or a direction: x to the patient's left, y posterior, z superior (the
/// axes of DICOM's LPS), origin at the carina.
struct Vec {
  double x = 0;
  double y = 0;
  double z = 0;
};

constexpr Vec operator+(const Vec& a, const Vec& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
constexpr Vec operator-(const Vec& a, const Vec& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
constexpr Vec operator*(const Vec& a, double s) { return {a.x * s, a.y * s, a.z * s}; }

constexpr double dot(const Vec& a, const Vec& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
constexpr Vec cross(const Vec& a, const Vec& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline double length(const Vec& a) { return std::sqrt(dot(a, a)); }

/// `a` scaled to length 1; the superior direction where `a` has no length.
inline Vec unit(const Vec& a) {
  const double l = length(a);
  return l > 1e-9 ? a * (1 / l) : Vec{0, 0, 1};
}

/// The part of `a` perpendicular to the unit vector `axis`.
constexpr Vec perpendicular_to(const Vec& axis, const Vec& a) { return a - axis * dot(a, axis); }

/// `a` turned by `angle` radians about the unit vector `axis` (Rodrigues).
inline Vec rotated(const Vec& a, const Vec& axis, double angle) {
  const double c = std::cos(angle);
  return a * c + cross(axis, a) * std::sin(angle) + axis * (dot(axis, a) * (1 - c));
}

}  // namespace hilum::phantom
