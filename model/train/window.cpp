#include "model/train/window.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace hilum::model::train {
namespace {

GridSize voxel_at(const GridSize& size, std::size_t index) {
  const auto nz = static_cast<std::size_t>(size[2]);
  const auto ny = static_cast<std::size_t>(size[1]);
  return {static_cast<int>(index / nz / ny), static_cast<int>(index / nz % ny),
          static_cast<int>(index % nz)};
}

/// A voxel without label and not of the air round the patient. Found by trying: nearly every voxel
/// will do, and after some tries any voxel does.
std::size_t background_voxel(const Sample& sample, Draw& draw) {
  constexpr int kTries = 100;
  std::size_t voxel = 0;
  for (int i = 0; i < kTries; ++i) {
    voxel = draw.below(sample.label.size());
    if (sample.label[voxel] == 0 && sample.image[voxel] > 0) break;
  }
  return voxel;
}

/// (y, z) of the window before it was turned.
std::array<int, 2> turned_back(int quarter_turns, int last, int y, int z) {
  switch (quarter_turns) {
    case 1:
      return {z, last - y};
    case 2:
      return {last - y, last - z};
    case 3:
      return {last - z, y};
    default:
      return {y, z};
  }
}

/// Label of each label in the window: identity, or the mirror's exchange.
std::array<std::uint8_t, 256> label_table(const CropPlan& plan, std::span<const int> partners) {
  std::array<std::uint8_t, 256> table{};
  table[kUnknownLabel] = kUnknownLabel;
  for (std::size_t k = 0; k < partners.size(); ++k) {
    table[k + 1] =
        static_cast<std::uint8_t>((plan.mirrored ? partners[k] : static_cast<int>(k)) + 1);
  }
  return table;
}

}  // namespace

CropPlan place_window(const Sample& sample, int edge, Draw& draw) {
  const bool on_vessel = draw.with_probability(kVesselShare) && !sample.vessels.empty();
  const std::size_t centre_index = on_vessel ? sample.vessels[draw.below(sample.vessels.size())]
                                             : background_voxel(sample, draw);
  const GridSize centre = voxel_at(sample.size, centre_index);
  CropPlan plan;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int room = sample.size[axis] - edge;
    // Symmetric padding as the sliding windows of inference have it.
    plan.start[axis] = room < 0 ? -(-room / 2) : std::clamp(centre[axis] - edge / 2, 0, room);
  }
  return plan;
}

void draw_augmentation(const AugmentationOptions& options, Draw& draw, CropPlan& plan) {
  if (draw.with_probability(options.rotate_probability)) {
    plan.quarter_turns = 1 + static_cast<int>(draw.below(3));
  }
  if (draw.with_probability(options.shift_probability)) {
    plan.shift = static_cast<float>(draw.uniform(-options.shift_limit, options.shift_limit));
  }
  plan.mirrored = draw.with_probability(options.mirror_probability);
}

void cut_window(const Sample& sample, const CropPlan& plan, int edge, std::span<const int> partners,
                const Window& out) {
  assert(partners.size() == sample.labelled.size());
  const int last = edge - 1;
  const auto labels = label_table(plan, partners);
  const auto inside = [&](std::size_t axis, int at) { return at >= 0 && at < sample.size[axis]; };
  std::size_t to = 0;
  for (int x = 0; x < edge; ++x) {
    const int from_x = plan.start[0] + (plan.mirrored ? last - x : x);
    for (int y = 0; y < edge; ++y) {
      for (int z = 0; z < edge; ++z, ++to) {
        const auto [before_y, before_z] = turned_back(plan.quarter_turns, last, y, z);
        const int from_y = plan.start[1] + before_y;
        const int from_z = plan.start[2] + before_z;
        const bool known = inside(0, from_x) && inside(1, from_y) && inside(2, from_z);
        const std::size_t from = known ? grid_index(sample.size, from_x, from_y, from_z) : 0;
        out.image[to] = (known ? sample.image[from] : 0.0F) + plan.shift;
        out.label[to] = known ? labels[sample.label[from]] : std::uint8_t{0};
      }
    }
  }
  for (std::size_t k = 0; k < partners.size(); ++k) {
    out.labelled[labels[k + 1] - 1U] = sample.labelled[k];
  }
}

}  // namespace hilum::model::train
