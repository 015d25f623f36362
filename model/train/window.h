#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/train/draw.h"
#include "model/train/sample_source.h"

namespace hilum::model::train {

/// Chances and sizes of what changes a window before training sees it (la-caf.md's recipe is that
/// of the paper's implementation but for the plane of rotation, see adr/0001-left-and-right.md).
struct AugmentationOptions {
  double rotate_probability = 0.1;  ///< by 90, 180 or 270 degrees in the Y-Z plane
  double shift_probability = 0.2;   ///< of the intensity
  double shift_limit = 0.1;         ///< of the 0..1 range, either way
  double mirror_probability = 0;    ///< of X, with left and right classes swapped
};

/// Where a window lies in its volume and what is done to it.
struct CropPlan {
  GridSize start{};       ///< first voxel; negative where the volume is smaller than the window
  int quarter_turns = 0;  ///< 0..3 in the Y-Z plane, that is about the left-right axis
  bool mirrored = false;  ///< along X, after the turn
  float shift = 0;        ///< added to every value
};

/// A window as training sees it.
struct Window {
  std::span<float> image;            ///< [w][w][w] in axis order X, Y, Z
  std::span<std::uint8_t> label;     ///< the same grid
  std::span<std::uint8_t> labelled;  ///< per class
};

/// Part of the crops that are centred on a vessel: vessel : background is 2 : 1.
inline constexpr double kVesselShare = 2.0 / 3;

/// Chooses a crop: centred on a vessel voxel of a labelled class or on a background voxel of the
/// body, each class of voxels uniformly, then moved so that it stays inside the volume; a volume
/// smaller than the window is centred in it.
CropPlan place_window(const Sample& sample, int edge, Draw& draw);

/// Draws rotation, shift and mirroring into `plan`.
void draw_augmentation(const AugmentationOptions& options, Draw& draw, CropPlan& plan);

/// Copies the planned window of edge `edge` out of the sample; voxels outside it are 0. A mirrored
/// window's labels and labelled classes are exchanged by `partners` (see `mirror_partners`).
void cut_window(const Sample& sample, const CropPlan& plan, int edge, std::span<const int> partners,
                const Window& out);

}  // namespace hilum::model::train
