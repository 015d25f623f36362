#include "model/phantom/smooth_field.h"

#include <cmath>
#include <numbers>

namespace hilum::phantom {

SmoothField::SmoothField(const Band& band, Rng& rng) {
  const double amplitude = band.rms * std::sqrt(2.0 / band.modes);
  for (int i = 0; i < band.modes; ++i) {
    const double wavelength = rng.uniform(band.min_wavelength_mm, band.max_wavelength_mm);
    const Vec wave = rng.direction() * (2 * std::numbers::pi / wavelength);
    const Vec size = rng.normal_vec(amplitude);
    modes_.push_back({wave, size, rng.uniform(0, 2 * std::numbers::pi)});
  }
}

Vec SmoothField::at(const Vec& p) const {
  Vec sum;
  for (const Mode& m : modes_) sum = sum + m.amplitude * std::sin(dot(m.wave, p) + m.phase);
  return sum;
}

void SmoothField::sample_row(const Vec& start, double step_mm, std::vector<Vec>& row) const {
  for (Vec& value : row) value = {};
  for (const Mode& m : modes_) {
    const double angle = dot(m.wave, start) + m.phase;
    const double turn_c = std::cos(m.wave.x * step_mm);
    const double turn_s = std::sin(m.wave.x * step_mm);
    double c = std::cos(angle);
    double s = std::sin(angle);
    for (Vec& value : row) {
      value = value + m.amplitude * s;
      const double next = s * turn_c + c * turn_s;
      c = c * turn_c - s * turn_s;
      s = next;
    }
  }
}

}  // namespace hilum::phantom
