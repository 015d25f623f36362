#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/evaluation_table.h"
#include "admin/cli/model_evaluate_options.h"
#include "admin/cli/progress_bar.h"
#include "model/bundle.h"
#include "model/evaluate/evaluate_cases.h"
#include "model/evaluate/phantom_cases.h"
#include "model/prompt.h"
#include "model/segmenter.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;
using model::evaluate::CaseResult;
using model::evaluate::CasesOptions;
using model::evaluate::CaseSource;
using model::evaluate::EvaluationReport;
using model::train::DatasetEntry;

Result<std::vector<DatasetEntry>> chosen_entries(const EvaluateCommand& command) {
  auto list = model::train::read_dataset_list(command.data);
  if (!list) return std::move(list).error();
  std::vector<DatasetEntry> entries = list->entries;
  if (command.split != "all") {
    const auto split = model::train::split_from(command.split);
    if (!split) {
      return Error{
          ErrorCode::kInvalidInput,
          fmt::format("unknown split '{}': use train, validation, test or all", command.split)};
    }
    entries = list->of(*split);
  }
  if (entries.empty()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{} has no case in split '{}'; --split all takes every case",
                             command.data.string(), command.split)};
  }
  if (command.limit > 0 && entries.size() > command.limit) entries.resize(command.limit);
  return entries;
}

CasesOptions cases_options(const EvaluateCommand& command, std::vector<model::ModelClass> classes) {
  return {.classes = std::move(classes),
          .scoring = {.tolerance_mm = command.tolerance_mm, .threads = command.segmenter.threads},
          .progress = {},
          .stop = {},
          .on_case = {},
          .pictures = command.pictures};
}

/// What a case source needs of the bundle's classes, and what the report says about the source.
struct ChosenCases {
  std::unique_ptr<CaseSource> source;
  std::string data;
  std::string split;
};

Result<ChosenCases> chosen_cases(const EvaluateCommand& command,
                                 const std::vector<model::ModelClass>& classes) {
  if (command.cases == EvaluateCommand::Cases::kPhantoms) {
    const auto phantoms = phantoms_meant(command);
    if (!phantoms) return phantoms.error();
    const bool shifted = phantoms->range == model::evaluate::PhantomRange::kShifted;
    return ChosenCases{
        .source = model::evaluate::phantom_cases(*phantoms, classes),
        .data =
            fmt::format("phantoms {} to {}, {} the training ranges", phantoms->first_seed,
                        phantoms->first_seed + phantoms->count - 1, shifted ? "outside" : "inside"),
        .split = {}};
  }
  auto entries = chosen_entries(command);
  if (!entries) return std::move(entries).error();
  return ChosenCases{.source = model::evaluate::file_cases(*std::move(entries), classes),
                     .data = command.data.string(),
                     .split = command.split == "all" ? "" : command.split};
}

/// The bundle with the prompts of --prompt and the threshold of --threshold.
Result<model::ModelBundle> bundle_meant(const EvaluateCommand& command) {
  auto bundle = model::ModelBundle::open(command.bundle);
  for (const std::string& option : command.prompts) {
    if (!bundle) break;
    const auto change = prompt_change(option);
    if (!change) return change.error();
    bundle = model::with_prompt(*std::move(bundle), change->label, change->prompt);
    if (!bundle) return std::move(bundle).error().in(fmt::format("--prompt {}", option));
  }
  if (bundle && !command.prompts.empty() &&
      bundle->manifest().text_adapter == model::TextAdapter::kPerClass) {
    fmt::print(stderr, "warning: {} has text adapters that know their own phrases alone\n",
               command.bundle.string());
  }
  if (bundle && command.threshold) {
    model::Manifest manifest = bundle->manifest();
    manifest.threshold = *command.threshold;
    bundle = std::move(*bundle).changed(std::move(manifest), {});
  }
  return bundle;
}

/// For the progress shown while it runs.
std::string case_line(const CaseResult& one) {
  if (!one.failed.empty()) return fmt::format("{}: {}", one.ct, one.failed);
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.3f}", *value) : std::string("-");
  };
  return fmt::format(
      "{}: {}mean Dice {}, any vessel {}{}", one.ct, one.synthetic ? "synthetic, " : "",
      number(model::evaluate::mean_dice_of(one.scores)), number(one.scores.any_vessel_dice),
      one.picture_failed.empty() ? "" : "; no picture: " + one.picture_failed);
}

Result<EvaluationReport> evaluate_bundle(const EvaluateCommand& command) {
  auto bundle = bundle_meant(command);
  if (!bundle) return std::move(bundle).error();
  auto cases = chosen_cases(command, bundle->manifest().classes);
  if (!cases) return std::move(cases).error();
  auto segmenter = model::make_segmenter(*bundle, command.segmenter);
  if (!segmenter) return std::move(segmenter).error();
  const ModelInfo& info = (*segmenter)->info();
  EvaluationReport report{.model = info.name + " " + info.version,
                          .bundle_sha256 = bundle->sha256(),
                          .device = info.device,
                          .trained = info.trained,
                          .data = cases->data,
                          .split = cases->split,
                          .overlap = command.segmenter.overlap.value_or(bundle->manifest().overlap),
                          .threshold = bundle->manifest().threshold,
                          .prompts = command.prompts,
                          .tolerance_mm = command.tolerance_mm,
                          .classes = model::evaluate::evaluated_classes(bundle->manifest().classes),
                          .cases = {}};
  ProgressBar bar(fmt::format("evaluating {} cases", cases->source->count()));
  auto options = cases_options(command, bundle->manifest().classes);
  options.progress = [&](double fraction) { bar.show(fraction); };
  options.on_case = [&](const CaseResult& one) { bar.note(case_line(one)); };
  report.cases = model::evaluate::evaluate_cases(**segmenter, *cases->source, options);
  bar.finish();
  return report;
}

Result<EvaluationReport> evaluate_pair(const EvaluateCommand& command) {
  const auto classes = model::standard_classes();
  EvaluationReport report;
  report.data = command.reference.string();
  report.tolerance_mm = command.tolerance_mm;
  report.classes = model::evaluate::evaluated_classes(classes);
  DatasetEntry entry;
  entry.labels = command.reference;
  entry.labelled = model::train::labelled_names(command.labelled);
  if (!model::train::labelled_classes(entry, classes)) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("--labelled {}: use left, right, numbers 1 to {} or names of classes, "
                             "such as \"{}\"",
                             command.labelled, classes.size(), classes.front().segment.label)};
  }
  report.cases.push_back(model::evaluate::evaluate_prediction(command.prediction, entry,
                                                              cases_options(command, classes)));
  return report;
}

Status write_json(const fs::path& file, const std::string& json) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(json));
  return replace_file(file, std::span(&bytes, 1));
}

Status make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return ok();
  return Error{ErrorCode::kUnavailable, fmt::format("--pictures {}: the folder cannot be made: {}",
                                                    folder.string(), error.message())};
}

/// Whether every picture that was wanted is there; says so where not.
bool check_pictures(const std::vector<CaseResult>& cases) {
  const auto failed = [](const CaseResult& one) { return !one.picture_failed.empty(); };
  const auto first = std::ranges::find_if(cases, failed);
  if (first == cases.end()) return true;
  fmt::print(stderr, "hilum: {} of {} pictures could not be written; the first: {}\n",
             std::ranges::count_if(cases, failed), cases.size(), first->picture_failed);
  return false;
}

int evaluate(const EvaluateCommand& command) {
  if (auto usage = check_usage(command); !usage) return fail(usage.error(), kExitUsage);
  if (!command.pictures.empty()) {
    if (auto made = make_folder(command.pictures); !made) return fail(made.error());
  }
  auto report = command.bundle.empty() ? evaluate_pair(command) : evaluate_bundle(command);
  if (!report) return fail(report.error());
  const auto summary = model::evaluate::summarise(*report);
  fmt::print("{}", evaluation_table(*report, summary));
  if (!command.json.empty()) {
    auto written = write_json(command.json, model::evaluate::to_json(*report, summary));
    if (!written) return fail(written.error());
  }
  const bool all_drawn = check_pictures(report->cases);
  const bool all_scored = summary.scored == static_cast<int>(report->cases.size());
  return all_scored && all_drawn ? kExitOk : kExitFailed;
}

}  // namespace

void add_model_evaluate(CLI::App& model_command, int& exit_code) {
  auto* app = model_command.add_subcommand(
      "evaluate", "Compare a model's segmentations, or given labels, with a reference");
  auto command = std::make_shared<EvaluateCommand>();
  add_evaluate_options(*app, *command);
  app->callback([command, &exit_code] { exit_code = evaluate(*command); });
}

}  // namespace hilum::admin
