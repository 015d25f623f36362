#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/domain/findings.h"
#include "pipeline/domain/png_file.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/volume.h"

namespace hilum::dicomseg {

struct PictureOptions {
  double window_center_hu = -300;  ///< lung and mediastinum both stay readable
  double window_width_hu = 1400;
  double opacity = 0.55;  ///< of the label colours over the CT, 0 to 1
  /// Edge of the CT in each picture, 128 to 1024; nothing: its matrix, within 512 to 768.
  std::optional<int> edge_px{};
  int axial_images = 12;  ///< 1 to 60; fewer where labels are on fewer slices
  double slab_mm = 40;    ///< thickness of projections, 1 to 1000
};

/// Increased whenever pictures of the same input change.
inline constexpr int kPicturesLayoutRevision = 1;

struct Picture {
  RgbImage image;
  /// "Axial 7/12, z = -123 mm". Printable ASCII; what stands before the first comma is at most 16
  /// characters.
  std::string title;
};

/// A result for people who cannot look at segmentations: axial planes spread over the part of the
/// volume that has labels (over all of it when there are none), then a coronal and, for each side
/// that segments are coded with, a sagittal maximum intensity projection. Those show the CT of a
/// slab through the middle of the labels, without the chest wall in front and behind, and over it
/// all labels as seen from the front or from the patient's left, nearer ones brighter.
///
/// Planes are those of the patient, not of the acquisition; millimetres are equally long in both
/// directions. Every picture carries the letters of the patient's directions, a scale, the names,
/// colours and volumes of the segments, every doubt ("CHECK: ..."), that it is for research only,
/// and that the model is untrained when it is. No picture names the patient. All have the same
/// size. The same input gives the same pixels. Safe from any thread.
///
/// kInvalidInput when sizes do not fit together, when there are measures but not of every segment,
/// or when the affine is singular.
Result<std::vector<Picture>> result_pictures(const Volume& volume, const LabelMap& labels,
                                             std::span<const SegmentSpec> segments,
                                             const Findings& findings, const ModelInfo& model,
                                             const PictureOptions& options);

}  // namespace hilum::dicomseg
