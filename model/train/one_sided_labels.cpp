#include "model/train/one_sided_labels.h"

#include "model/give_sides.h"

namespace hilum::model::train {
namespace {

void hide_background(const ModelImage& image, Side side, Sample& sample) {
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
    hide_background(image, left == 0 ? Side::kLeft : Side::kRight, sample);
    left = right = 1;
  }
}

}  // namespace hilum::model::train
