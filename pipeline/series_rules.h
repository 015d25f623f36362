#pragma once

#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "pipeline/domain/ports.h"
#include "pipeline/domain/series.h"

namespace hilum::pipeline {

/// A case-insensitive regular expression (ECMAScript) searched anywhere in a text.
struct TextPattern {
  static Result<TextPattern> compile(const std::string& text);
  [[nodiscard]] bool matches(const std::string& text) const;
  std::string text;
  std::regex regex;
};

/// Which complete series are segmented. Every rule must hold; an empty list allows everything.
struct SeriesRules {
  std::vector<std::string> modality{"CT"};
  int min_slices = 20;
  int max_slices = 2500;
  double max_slice_spacing_mm = 10.0;
  std::vector<SeriesFacts::Orientation> orientations;
  int min_matrix = 128;   ///< rows and columns
  int max_matrix = 2048;  ///< rows and columns
  std::vector<std::string> image_type_exclude{"LOCALIZER"};
  std::vector<TextPattern> description_include;
  std::vector<TextPattern> description_exclude;
  std::vector<TextPattern> body_part_include;
};

/// Decides about one series. Pure. The reason of a refusal names the rule's configuration key and
/// the fact that broke it; it shows the pattern, never the description, which may name a patient.
SeriesDecision decide(const SeriesFacts& facts, const SeriesRules& rules);

}  // namespace hilum::pipeline
