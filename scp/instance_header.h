#pragma once

#include <filesystem>
#include <optional>
#include <string>

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

/// Reads a DICOM file up to group 0020; pixels are never touched. kInvalidInput when the file
/// cannot be parsed or lacks one of the identifiers.
Result<InstanceHeader> read_instance_header(const std::filesystem::path& file);

}  // namespace hilum::scp
