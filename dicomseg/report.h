#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "dicomseg/equipment.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/result_object.h"

namespace hilum::dicomseg {

/// What a site may choose about its measurement reports. All texts are printable ASCII without
/// backslashes, because they are written beside texts in the character set of the source.
struct ReportOptions {
  int series_number = 9002;  ///< outside the numbers that scanners use
  /// First part of the Series Description, at most kMaxSeriesDescription characters.
  std::string series_description = "Pulmonary vessel measurements (AI)";
  Equipment equipment{};
};

/// Writes a measurement report: Comprehensive 3D SR (1.2.840.10008.5.1.4.1.1.88.34) after TID 1500
/// in Explicit VR Little Endian, a series of its own in the study of the source. It says what
/// `make_report_content` says (dicomseg/report_content.h): a group of measurements for each written
/// segment, which it refers to, and one for each lung; then what is doubtful. The report is neither
/// verified by anybody nor meant to be acted on.
///
/// Patient and study attributes and the character set are those of the source, byte for byte. The
/// same request gives the same bytes. `segments` may be empty and may lie in several objects.
///
/// Fails with kInvalidInput for texts that do not fit their attributes, kInternal for a segment of
/// labels that were not measured, kConflict when a source file changed since it was read, kNoSpace
/// when the disk is full. Safe from any thread; calls take turns where DCMTK is not thread-safe.
Result<ResultObject> write_report(const ResultRequest& request,
                                  std::span<const WrittenSegment> segments,
                                  const ReportOptions& options, const std::filesystem::path& file);

/// Everything beside the request that the bytes depend on, for the identity of results.
std::string report_settings(const ReportOptions& options);

}  // namespace hilum::dicomseg
