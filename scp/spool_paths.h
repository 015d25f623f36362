#pragma once

#include <filesystem>

#include "pipeline/domain/series.h"

/// All names in a spool. UIDs are safe as file names by construction (see checked_uid).
namespace hilum::scp {

inline constexpr const char* kPartsDirectory = "parts";
inline constexpr const char* kInstancesDirectory = "instances";  ///< of the main node
inline constexpr const char* kVirtualDirectory = "virtual";      ///< of the virtual ones
inline constexpr const char* kQuarantineDirectory = "quarantine";
inline constexpr const char* kTrashDirectory = "trash";
inline constexpr const char* kInstanceExtension = ".dcm";

/// Where the instances of one of our nodes lie, relative to the spool's root.
inline std::filesystem::path instances_of(const VirtualNode& node) {
  if (node.is_main()) return kInstancesDirectory;
  return std::filesystem::path(kVirtualDirectory) / node.name();
}

/// Where an accepted instance lies, relative to the spool's root.
inline std::filesystem::path instance_path(const SeriesKey& series, const SopInstanceUid& sop) {
  return instances_of(series.node) / series.study.str() / series.series.str() /
         (sop.str() + kInstanceExtension);
}

}  // namespace hilum::scp
