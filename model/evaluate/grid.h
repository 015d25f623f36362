#pragma once

#include <array>

#include "model/voxel_mask.h"

/// Pieces of a label map that the metrics work on. Std only; nothing here fails but with
/// std::bad_alloc.
namespace hilum::model::evaluate {

using model::Grid;
using model::Mask;

/// Voxels lo <= index < hi along z, y, x. Empty where hi <= lo.
struct Box {
  std::array<int, 3> lo{};
  std::array<int, 3> hi{};

  [[nodiscard]] bool empty() const { return hi[0] <= lo[0] || hi[1] <= lo[1] || hi[2] <= lo[2]; }
  /// The smallest box that holds both.
  [[nodiscard]] Box joined(const Box& other) const;
};

}  // namespace hilum::model::evaluate
