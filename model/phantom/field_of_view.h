#pragma once

#include <optional>

#include "model/phantom/vec.h"

namespace hilum::phantom {

/// What of the patient is reconstructed.
struct FieldOfView {
  Vec shift_mm{};                     ///< of the window against the middle of the chest
  std::optional<double> circle_mm{};  ///< diameter of the measured circle round its centre
  int padding_hu = -1024;             ///< stored outside the circle; down to -3024 in practice
  std::optional<double> slice_spacing_mm{};  ///< when slices lie further apart than pixels
};

struct Phantom;

/// Outside the circle the image holds the padding value and nothing is labelled.
void cut_circle(const FieldOfView& view, Phantom& phantom);

/// Keeps slices `slice_spacing_mm` apart, starting with the first; the nearest rendered ones.
void keep_slices(double slice_spacing_mm, int slices, Phantom& phantom);

}  // namespace hilum::phantom
