#pragma once

#include <filesystem>

#include "pipeline/domain/series.h"

/// All names in a spool. UIDs are safe as file names by construction (see checked_uid).
namespace hilum::scp {

inline constexpr const char* kPartsDirectory = "parts";
inline constexpr const char* kInstancesDirectory = "instances";
inline constexpr const char* kQuarantineDirectory = "quarantine";
inline constexpr const char* kInstanceExtension = ".dcm";

/// Where an accepted instance lies, relative to the spool's root.
inline std::filesystem::path instance_path(const SeriesKey& series, const SopInstanceUid& sop) {
  return std::filesystem::path(kInstancesDirectory) / series.study.str() / series.series.str() /
         (sop.str() + kInstanceExtension);
}

}  // namespace hilum::scp
