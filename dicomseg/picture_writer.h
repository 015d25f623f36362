#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "dicomseg/equipment.h"
#include "dicomseg/pictures.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/result_object.h"
#include "pipeline/domain/viewer_profile.h"

namespace hilum::dicomseg {

/// What a site may choose about its series of pictures. Printable ASCII without backslashes.
struct PictureSeriesOptions {
  int series_number = 9003;  ///< outside the numbers that scanners use
  /// First part of the Series Description, at most kMaxSeriesDescription characters.
  std::string series_description = "Pulmonary vessels, pictures (AI)";
  Equipment equipment{};
};

/// Writes pictures as a series of its own in the study of the source: one Multi-frame True Color
/// Secondary Capture Image (PS3.3 A.8.5) or one Secondary Capture Image (A.8.1) for each. RGB, not
/// compressed, Explicit VR Little Endian; titles are frame labels and image comments. Patient and
/// study attributes are those of the source, byte for byte; all source images are referred to. The
/// same request gives the same bytes.
///
/// Files are "<SOP Instance UID>.dcm" in the existing `directory`, each replaced durably; UIDs are
/// `request.identity.series("pictures")` and `.sop("pictures/1")` and so on. When a file cannot be
/// written, those before it stay: trying again replaces them.
///
/// Fails with kInvalidInput for no pictures, `kind` kNone, frames of different sizes and texts that
/// do not fit their attributes; kConflict when a source file changed since it was read; kNoSpace
/// and kUnavailable when the disk is full or cannot be written to. Safe from any thread.
Result<std::vector<ResultObject>> write_pictures(const ResultRequest& request,
                                                 std::span<const Picture> pictures,
                                                 ViewerProfile::Pictures kind,
                                                 const PictureSeriesOptions& options,
                                                 const std::filesystem::path& directory);

}  // namespace hilum::dicomseg
