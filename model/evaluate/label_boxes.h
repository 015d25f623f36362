#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/evaluate/grid.h"
#include "pipeline/domain/volume.h"

namespace hilum::model::evaluate {

/// Size and steps of a geometry. Steps are lengths of the matrix' columns: on a sheared grid
/// (tilted gantry) distances are those of the sheared axes, not exact ones.
Grid grid_of(const Geometry& geometry);

/// How often each pair of labels meets: `at(reference, prediction)`, labels 0..classes.
class LabelTable {
 public:
  explicit LabelTable(int classes)
      : side_(static_cast<std::size_t>(classes) + 1), count_(side_ * side_) {}

  [[nodiscard]] std::uint64_t at(int reference, int prediction) const {
    return count_[static_cast<std::size_t>(reference) * side_ +
                  static_cast<std::size_t>(prediction)];
  }
  void add(int reference, int prediction, std::uint64_t times) {
    count_[static_cast<std::size_t>(reference) * side_ + static_cast<std::size_t>(prediction)] +=
        times;
  }
  void add(const LabelTable& other);
  [[nodiscard]] int classes() const { return static_cast<int>(side_) - 1; }

 private:
  std::size_t side_;
  std::vector<std::uint64_t> count_;
};

/// What one pass over two label maps finds.
struct LabelPass {
  LabelTable table{0};
  std::vector<Box> reference_box;   ///< [label]; [0] is unused
  std::vector<Box> prediction_box;  ///< likewise
};

/// Precondition: equal geometry sizes, no label above `classes`. `threads` 0: all cores.
LabelPass count_labels(const LabelMap& reference, const LabelMap& prediction, int classes,
                       int threads);

/// The voxels of `label` within `box`, with `margin` empty voxels around them.
Mask cut_mask(const LabelMap& labels, int label, const Box& box, int margin);

}  // namespace hilum::model::evaluate
