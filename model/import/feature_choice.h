#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/standard_classes.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// Where text features can come from, in order of precedence: those in the checkpoint are what the
/// network was trained with, those in a file of the reference were made for it, and those that CLIP
/// gives now are what both should be.
enum class FeatureSource { kCheckpoint, kFile, kClip };
/// "checkpoint", "file" or "clip".
std::string_view to_string(FeatureSource source);
/// kInvalidInput, with the list of names, for any other.
Result<FeatureSource> parse_feature_source(std::string_view name);

struct FeatureCandidate {
  FeatureSource source = FeatureSource::kCheckpoint;
  std::vector<float> values;  ///< [K, 512]
};

/// How another source's features compare with the chosen ones.
struct FeatureComparison {
  FeatureSource source = FeatureSource::kClip;
  std::vector<double> cosines;  ///< one for each class
};

struct FeatureChoice {
  FeatureSource source = FeatureSource::kCheckpoint;
  std::vector<float> values;
  std::vector<FeatureComparison> others;
};

/// The same prompt through the same CLIP model, in float16 or float32, differs by rounding alone,
/// which is far less than this leaves room for.
inline constexpr double kSameFeaturesCosine = 0.99;

/// Takes the candidate of source `wanted`, or else the first by precedence. kInvalidInput when
/// there is none; or when nothing is wanted and another candidate has a cosine below
/// kSameFeaturesCosine for a class: the message has the cosines and the ways out.
Result<FeatureChoice> choose_features(std::vector<FeatureCandidate> candidates,
                                      std::optional<FeatureSource> wanted,
                                      const std::vector<ModelClass>& classes);

}  // namespace hilum::model
