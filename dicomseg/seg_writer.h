#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dicomseg/equipment.h"
#include "pipeline/domain/result_object.h"
#include "pipeline/domain/viewer_profile.h"

namespace hilum::dicomseg {

/// What a site may choose about its segmentations beside the profile. All texts are printable ASCII
/// without backslashes, because they are written beside texts in the character set of the source.
struct SegOptions {
  int series_number = 9001;  ///< outside the numbers that scanners use
  /// First part of the Series Description, at most kMaxSeriesDescription characters.
  std::string series_description = "Pulmonary vessels (AI)";
  Equipment equipment{};
};

struct WrittenSegmentations {
  std::vector<ResultObject> objects;
  std::vector<WrittenSegment> segments;
};

/// Writes the segmentations that `profile` asks for, each to `directory`/<SOP Instance UID>.dcm and
/// durably: Segmentation Storage (1.2.840.10008.5.1.4.1.1.66.4, PS3.3 A.51), BINARY, or Label Map
/// Segmentation Storage (...66.7, Sup 243); one instance in a series of its own, in the study of
/// the source and on its voxel grid.
///
/// Patient and study attributes, DS strings of the geometry and the character set are those of the
/// source, byte for byte. The same request gives the same bytes. Every file is read back and
/// compared with the request (seg_gate.h) before it gets its name; one that differs stays as
/// "<name>.refused" to be looked at.
///
/// Fails with kInvalidInput for texts that do not fit their attributes and sources without
/// geometry, kConflict when a source file changed since it was read, kInternal when the file is not
/// what it should be, kNoSpace when disk or memory are full. Safe from any thread.
Result<WrittenSegmentations> write_segmentations(const ResultRequest& request,
                                                 const ViewerProfile& profile,
                                                 const SegOptions& options,
                                                 const std::filesystem::path& directory);

/// Everything about options and profile that changes segmentations, as one line of text: part of
/// the identity of results.
std::string settings_of(const SegOptions& options);

}  // namespace hilum::dicomseg
