#pragma once

#include <vector>

#include "model/phantom/rng.h"
#include "model/phantom/vec.h"

namespace hilum::phantom {

/// A smooth random vector field: the sum of plane sine waves with random direction, wavelength,
/// amplitude and phase. Band limited, differentiable, defined everywhere. Immutable.
class SmoothField {
 public:
  struct Band {
    int modes;
    double min_wavelength_mm;
    double max_wavelength_mm;
    double rms;  ///< of each component
  };
  SmoothField(const Band& band, Rng& rng);

  [[nodiscard]] Vec at(const Vec& p) const;

  /// The values at `start`, `start` + (step, 0, 0), ... into `row`. Each
  /// wave is turned by a fixed angle per step instead of evaluated.
  void sample_row(const Vec& start, double step_mm, std::vector<Vec>& row) const;

 private:
  struct Mode {
    Vec wave;  ///< radians per mm
    Vec amplitude;
    double phase;
  };
  std::vector<Mode> modes_;
};

}  // namespace hilum::phantom
