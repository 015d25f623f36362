#pragma once

#include <filesystem>

#include "pipeline/domain/series.h"

namespace hilum::scp {

/// Everything about an instance from its DICOM file alone: identifiers from the header, digest and
/// size from the bytes, time of receipt from the file's time of modification. `file` in the result
/// is `file` as given. kInvalidInput when it is not a DICOM instance.
Result<ReceivedInstance> read_received_instance(const std::filesystem::path& file);

}  // namespace hilum::scp
