#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dicomseg/equipment.h"
#include "pipeline/domain/findings.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/series.h"

namespace hilum::dicomseg {

/// Longest value of LO (PS3.5 6.2).
inline constexpr std::size_t kMaxLongString = 64;

/// Texts of our own stand beside texts in the character set of the source: printable ASCII without
/// backslash, not empty, at most `longest` characters. kInvalidInput names the culprit.
Status check_text(std::string_view name, std::string_view text,
                  std::size_t longest = kMaxLongString);
/// The same for those that every result has.
Status check_texts(std::string_view series_description, const Equipment& equipment,
                   const ModelInfo& model);
/// Labels and codes of a model's segments, of which there is at least one.
Status check_segments(const ModelInfo& model);

/// With the marks that viewers are to show: that it is to be checked when something is doubtful,
/// that the model is untrained, that it is not for clinical use. At most 64 characters; of
/// `description` the first kMaxSeriesDescription.
std::string series_description(std::string_view description, const ModelInfo& model,
                               const Findings& findings);
std::string content_description(const ModelInfo& model, const Findings& findings,
                                bool nothing_found);
/// What is doubtful, in sentences; empty when nothing is.
std::string image_comments(const Findings& findings);
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
