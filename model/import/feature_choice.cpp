#include "model/import/feature_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "model/import/text_features.h"

namespace hilum::model {
namespace {

constexpr std::array kSources{std::pair{FeatureSource::kCheckpoint, std::string_view("checkpoint")},
                              std::pair{FeatureSource::kFile, std::string_view("file")},
                              std::pair{FeatureSource::kClip, std::string_view("clip")}};

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

bool agrees(const FeatureComparison& comparison) {
  return std::ranges::all_of(comparison.cosines,
                             [](double cosine) { return cosine >= kSameFeaturesCosine; });
}

Error disagreement(const FeatureChoice& choice, const FeatureComparison& other,
                   const std::vector<ModelClass>& classes) {
  std::vector<std::string> rows;
  for (std::size_t k = 0; k < other.cosines.size() && k < classes.size(); ++k) {
    rows.push_back(fmt::format("{} {:.4f}", classes[k].segment.label, other.cosines[k]));
  }
  return invalid(fmt::format(
      "the text features of '{}' and '{}' differ: cosine {} (expected at least {}). The prompts, "
      "their order or the CLIP model are not those of the training. Correct them with --class, or "
      "choose with --embeddings-from {} or --embeddings-from {}",
      to_string(choice.source), to_string(other.source), fmt::join(rows, ", "), kSameFeaturesCosine,
      to_string(choice.source), to_string(other.source)));
}

}  // namespace

std::string_view to_string(FeatureSource source) {
  return std::ranges::find(kSources, source, &decltype(kSources)::value_type::first)->second;
}

Result<FeatureSource> parse_feature_source(std::string_view name) {
  const auto* found = std::ranges::find(kSources, name, &decltype(kSources)::value_type::second);
  if (found != kSources.end()) return found->first;
  return invalid(fmt::format("'{}' is no source of text features: checkpoint, file or clip", name));
}

Result<FeatureChoice> choose_features(std::vector<FeatureCandidate> candidates,
                                      std::optional<FeatureSource> wanted,
                                      const std::vector<ModelClass>& classes) {
  if (candidates.empty()) {
    return invalid(
        "there are no text features: the checkpoint has no 'organ_embedding'; give the reference's "
        "file with --embeddings, or CLIP's weights with --clip and --merges");
  }
  std::ranges::sort(candidates, {}, &FeatureCandidate::source);
  const auto chosen = wanted ? std::ranges::find(candidates, *wanted, &FeatureCandidate::source)
                             : candidates.begin();
  if (chosen == candidates.end()) {
    return invalid(fmt::format("--embeddings-from {}: that source has no text features here",
                               to_string(*wanted)));
  }
  FeatureChoice choice{.source = chosen->source, .values = chosen->values, .others = {}};
  for (const FeatureCandidate& other : candidates) {
    if (other.source == choice.source) continue;
    choice.others.push_back({other.source, cosines(choice.values, other.values)});
    if (!wanted && !agrees(choice.others.back())) {
      return disagreement(choice, choice.others.back(), classes);
    }
  }
  return choice;
}

}  // namespace hilum::model
