#include "model/train/one_sided_labels.h"

#include <algorithm>

#include "model/give_sides.h"

namespace hilum::model::train {
namespace {

/// What the sample says of `side`, where only the other one is labelled: background, and labels of
/// the class that is not.
void hide_side(const ModelImage& image, Side side, std::uint8_t unlabelled, Sample& sample) {
  std::ranges::replace(sample.label, unlabelled, kUnknownLabel);
  const GridSize& start = image.crop.start;
  std::size_t row = 0;
  for (int x = 0; x < sample.size[0]; ++x) {
    for (int y = 0; y < sample.size[1]; ++y, row += static_cast<std::size_t>(sample.size[2])) {
      image.sides.for_each_run(
          x + start[0], y + start[1], start[2], start[2] + sample.size[2],
          [&](int begin, int end, float toward_right) {
            const float toward = side == Side::kRight ? toward_right : -toward_right;
            if (toward < -AnatomicalSides::kCrossingMm) return;
            for (int z = begin; z < end; ++z) {
              std::uint8_t& label = sample.label[row + static_cast<std::size_t>(z - start[2])];
              if (label == 0) label = kUnknownLabel;
            }
          });
    }
  }
}

}  // namespace

void hide_unlabelled_sides(const ModelImage& image, std::span<const ModelClass> classes,
                           Sample& sample) {
  if (!image.sides.found()) return;
  for (const SidedVessel& vessel : sided_vessels(classes)) {
    if (!vessel.left || !vessel.right) continue;
    auto& left = sample.labelled[static_cast<std::size_t>(*vessel.left)];
    auto& right = sample.labelled[static_cast<std::size_t>(*vessel.right)];
    if ((left != 0) == (right != 0)) continue;
    const Side side = left == 0 ? Side::kLeft : Side::kRight;
    const int unlabelled = left == 0 ? *vessel.left : *vessel.right;
    hide_side(image, side, static_cast<std::uint8_t>(unlabelled + 1), sample);
    left = right = 1;
  }
}

}  // namespace hilum::model::train
