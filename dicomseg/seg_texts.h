#pragma once

#include <cstdint>
#include <string>

#include "dicomseg/seg_encoder.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/series.h"

namespace hilum::dicomseg {

/// Checks every text of our own that goes into a segmentation: printable ASCII without backslash,
/// not empty, not longer than its VR allows (PS3.5 6.2). kInvalidInput names the culprit.
Status check_texts(const SegEncoderOptions& options, const ModelInfo& model);

std::string series_description(const SegEncoderOptions& options, const ModelInfo& model);
std::string content_description(const ModelInfo& model, bool nothing_found);
std::string segment_description(std::uint64_t voxels, double millilitres);
/// The first 12 hexadecimal digits of the bundle's SHA-256.
std::string algorithm_parameters(const ModelInfo& model);

struct DicomDateTime {
  std::string date;  ///< DA
  std::string time;  ///< TM, whole seconds
};
/// `time` in the zone that Timezone Offset From UTC names ("+0100"), or in local time when `offset`
/// is empty or malformed.
DicomDateTime date_time(Time time, const std::string& offset);

}  // namespace hilum::dicomseg
