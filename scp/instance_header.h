#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "dicomseg/data_set_scan.h"
#include "pipeline/domain/series.h"

namespace hilum::scp {

/// What the spool needs to know of a stored file.
struct InstanceHeader {
  SopClassUid sop_class;
  SopInstanceUid sop;
  TransferSyntaxUid transfer_syntax;
  SeriesKey series;
  std::string calling_ae;                 ///< Source Application Entity Title (0002,0016)
  std::optional<int> expected_in_series;  ///< (0020,1209)
};

/// Walks a DICOM file (`dicomseg::scan_data_set`, whose errors it has); pixels are never touched.
/// kInvalidInput when the file lacks one of the identifiers.
/// A deflated data set may hold up to `most_inflated` bytes.
Result<InstanceHeader> read_instance_header(
    const std::filesystem::path& file,
    std::uint64_t most_inflated = dicomseg::ScanLimits{}.inflated_bytes);

}  // namespace hilum::scp
