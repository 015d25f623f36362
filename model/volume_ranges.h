#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/manifest.h"
#include "model/standard_classes.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

struct VolumeRangesRequest {
  std::filesystem::path bundle;
  std::filesystem::path report;  ///< of `hilum model evaluate --json` for this bundle
  /// The range goes from the smallest volume found divided by this to the largest times this: wide,
  /// because it is to catch what cannot be, not what is unusual. More than 1.
  double margin = 4;
  std::filesystem::path out;  ///< the new bundle; empty: replaces `bundle`
};

struct VolumeRanges {
  std::vector<ModelClass> classes;  ///< with their ranges
  int cases = 0;                    ///< that they come from
  std::filesystem::path file;       ///< where the new bundle is
  std::string sha256;               ///< of the new bundle
};

/// Stores in the manifest how large the model's segments are, as found in the cases of an
/// evaluation, and in the provenance where that comes from. Weights go over byte for byte. Errors:
/// those of `ModelBundle::open`; kNotFound without the report; kInvalidInput when it is none, when
/// it is of another bundle, or when some class was found in none of its cases.
Result<VolumeRanges> set_volume_ranges(const VolumeRangesRequest& request);

/// The ranges, and the word on where they come from, of results that the model no longer gives.
void forget_volume_ranges(Manifest& manifest);

}  // namespace hilum::model
