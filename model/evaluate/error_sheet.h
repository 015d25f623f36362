#pragma once

#include <cstdint>
#include <span>

#include "model/evaluate/scores.h"
#include "pipeline/domain/png_file.h"
#include "pipeline/domain/volume.h"

namespace hilum::model::evaluate {

/// What a prediction says where it or the reference has a vessel.
enum class Finding : std::uint8_t {
  kNone,         ///< no vessel in either, or the reference does not know
  kRight,        ///< grey
  kMissed,       ///< orange
  kInvented,     ///< blue
  kOtherVessel,  ///< magenta: artery for vein or vein for artery
  kOtherSide,    ///< yellow
};

/// Labels 0..classes of one voxel. `labelled` as in `score_case`: what is predicted of a class that
/// the reference does not label counts as nothing where the reference has nothing.
Finding finding_of(int prediction, int reference, std::span<const EvaluatedClass> classes,
                   std::span<const std::uint8_t> labelled);

/// A picture of where a case went wrong, for people: all findings projected along the three axes of
/// the patient, each ray in the mixed colours of its findings, brighter where there are more. From
/// left to right: from the front, from the patient's left (front on the left), from below. The
/// patient's left is on the right, as radiologists see it. About .75 mm per pixel of 1.5 mm voxels;
/// black where neither has a vessel. Precondition: both on one grid, labels in range.
RgbImage error_sheet(const LabelMap& prediction, const LabelMap& reference,
                     std::span<const EvaluatedClass> classes,
                     std::span<const std::uint8_t> labelled);

}  // namespace hilum::model::evaluate
