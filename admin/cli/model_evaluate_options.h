#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/evaluate/phantom_cases.h"
#include "model/segmenter.h"
#include "pipeline/domain/result.h"

namespace hilum::admin {

/// Another prompt for one class.
struct PromptChange {
  std::string label;
  std::string prompt;
};

/// What `hilum model evaluate` was asked for.
struct EvaluateCommand {
  /// Where the cases come from.
  enum class Cases { kList, kPhantoms };

  std::filesystem::path bundle;
  std::vector<std::string> prompts;   ///< "LABEL=TEXT" each
  std::optional<double> threshold{};  ///< instead of the bundle's
  std::filesystem::path data;
  std::string split = "validation";
  std::size_t limit = 0;
  Cases cases = Cases::kList;
  std::string seeds;  ///< "FIRST:COUNT"
  model::evaluate::PhantomRange range = model::evaluate::PhantomRange::kTraining;
  model::SegmenterOptions segmenter;
  std::filesystem::path prediction;
  std::filesystem::path reference;
  std::string labelled;
  double tolerance_mm = 1.5;
  std::filesystem::path json;
  std::filesystem::path pictures;
};

/// Adds all options to the subcommand; they are written into `command`, which must outlive it.
void add_evaluate_options(CLI::App& app, EvaluateCommand& command);

/// kInvalidInput for options that do not go together.
Status check_usage(const EvaluateCommand& command);

/// The phantoms meant by --seeds, --shifted and --limit. kInvalidInput unless --seeds is
/// FIRST:COUNT with a count of 1..100000.
Result<model::evaluate::PhantomCasesOptions> phantoms_meant(const EvaluateCommand& command);

/// "LABEL=TEXT" at its first '='. kInvalidInput without label or text.
Result<PromptChange> prompt_change(const std::string& option);

}  // namespace hilum::admin
