#include "pipeline/series_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hilum::pipeline {
namespace {

using Reason = std::optional<std::string>;

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

Reason object_reason(const SeriesFacts& facts, const SeriesRules& rules) {
  if (!rules.modality.empty() && !contains(rules.modality, facts.modality)) {
    return fmt::format("modality is {}; rules.modality allows {}",
                       facts.modality.empty() ? "not given" : facts.modality,
                       fmt::join(rules.modality, ", "));
  }
  for (const auto& excluded : rules.image_type_exclude) {
    if (contains(facts.image_type, excluded)) {
      return fmt::format("image type has {}, which rules.image_type_exclude lists", excluded);
    }
  }
  if (!facts.sop_class_can_be_segmented) {
    return fmt::format("SOP class {} is stored but is not a CT image class", facts.sop_class);
  }
  return std::nullopt;
}

Reason shape_reason(const SeriesFacts& facts, const SeriesRules& rules) {
  if (facts.slices < rules.min_slices) {
    return fmt::format("{} slice{}, rules.min_slices is {}", facts.slices,
                       facts.slices == 1 ? "" : "s", rules.min_slices);
  }
  if (facts.slices > rules.max_slices) {
    return fmt::format("{} slices, rules.max_slices is {}", facts.slices, rules.max_slices);
  }
  const int smaller = std::min(facts.rows, facts.columns);
  const int larger = std::max(facts.rows, facts.columns);
  if (smaller < rules.min_matrix || larger > rules.max_matrix) {
    return fmt::format("matrix is {} x {}, rules.min_matrix is {} and rules.max_matrix is {}",
                       facts.rows, facts.columns, rules.min_matrix, rules.max_matrix);
  }
  if (facts.slice_spacing_mm && *facts.slice_spacing_mm > rules.max_slice_spacing_mm) {
    return fmt::format("slices are {:.2f} mm apart, rules.max_slice_spacing_mm is {:.2f}",
                       *facts.slice_spacing_mm, rules.max_slice_spacing_mm);
  }
  const auto& allowed = rules.orientations;
  if (!allowed.empty() &&
      std::find(allowed.begin(), allowed.end(), facts.orientation) == allowed.end()) {
    return fmt::format("orientation is {}, which rules.orientations does not list",
                       to_string(facts.orientation));
  }
  return std::nullopt;
}

const TextPattern* first_match(const std::vector<TextPattern>& patterns, const std::string& text) {
  const auto found = std::find_if(patterns.begin(), patterns.end(),
                                  [&](const TextPattern& p) { return p.matches(text); });
  return found == patterns.end() ? nullptr : &*found;
}

Reason text_reason(const SeriesFacts& facts, const SeriesRules& rules) {
  if (const auto* hit = first_match(rules.description_exclude, facts.description)) {
    return fmt::format("series description matches '{}' of rules.description_exclude", hit->text);
  }
  if (!rules.description_include.empty() &&
      first_match(rules.description_include, facts.description) == nullptr) {
    return "series description matches nothing in rules.description_include";
  }
  if (!rules.body_part_include.empty() &&
      first_match(rules.body_part_include, facts.body_part) == nullptr) {
    return "body part matches nothing in rules.body_part_include";
  }
  return std::nullopt;
}

}  // namespace

Result<TextPattern> TextPattern::compile(const std::string& text) {
  try {
    return TextPattern{text, std::regex(text, std::regex::ECMAScript | std::regex::icase)};
  } catch (const std::regex_error& error) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("'{}' is not a regular expression: {}", text, error.what())};
  }
}

bool TextPattern::matches(const std::string& value) const {
  // Long values would let std::regex recurse deeply; a description has at most 64 characters.
  constexpr std::size_t kLongest = 256;
  return std::regex_search(value.substr(0, kLongest), regex);
}

SeriesDecision decide(const SeriesFacts& facts, const SeriesRules& rules) {
  for (const auto& rule : {object_reason, shape_reason, text_reason}) {
    if (auto reason = rule(facts, rules)) return NotSegmented{std::move(*reason)};
  }
  return ToSegment{};
}

}  // namespace hilum::pipeline
