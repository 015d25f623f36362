#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "pipeline/domain/series.h"

namespace hilum::admin {

/// What lies in a folder of the user's.
struct DicomFolder {
  /// By series; `ReceivedInstance::file` is the path as found.
  std::map<SeriesKey, std::vector<ReceivedInstance>> series;
  std::vector<std::string> unreadable;  ///< why files that say that they are DICOM are in no series
  int other_files = 0;                  ///< not DICOM
};

/// Looks at every file below `directory`, and prints what is left out of it although it is DICOM: a
/// series without it is another one. kNotFound when there is no such directory.
Result<DicomFolder> read_dicom_folder(const std::filesystem::path& directory);

/// The files of the instances, in the same order.
std::vector<std::filesystem::path> files_of(const std::vector<ReceivedInstance>& instances);

}  // namespace hilum::admin
