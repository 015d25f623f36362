#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/evaluation_table.h"
#include "admin/cli/progress_bar.h"
#include "model/bundle.h"
#include "model/evaluate/evaluate_cases.h"
#include "model/segmenter.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;
using model::evaluate::CaseResult;
using model::evaluate::CasesOptions;
using model::evaluate::EvaluationReport;
using model::train::DatasetEntry;

struct EvaluateCommand {
  fs::path bundle;
  fs::path data;
  std::string split = "validation";
  std::size_t limit = 0;
  model::SegmenterOptions segmenter;
  fs::path prediction;
  fs::path reference;
  std::string labelled;
  double tolerance_mm = 1.5;
  fs::path json;
};

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
          .on_case = {}};
}

std::vector<model::evaluate::EvaluatedClass> evaluated(std::span<const model::ModelClass> classes) {
  std::vector<SegmentSpec> segments;
  for (const auto& one : classes) segments.push_back(one.segment);
  return model::evaluate::evaluated_classes(segments);
}

Result<EvaluationReport> evaluate_bundle(const EvaluateCommand& command) {
  auto entries = chosen_entries(command);
  if (!entries) return std::move(entries).error();
  auto bundle = model::ModelBundle::open(command.bundle);
  if (!bundle) return std::move(bundle).error();
  auto segmenter = model::make_segmenter(*bundle, command.segmenter);
  if (!segmenter) return std::move(segmenter).error();
  const ModelInfo& info = (*segmenter)->info();
  EvaluationReport report{.model = info.name + " " + info.version,
                          .bundle_sha256 = bundle->sha256(),
                          .device = info.device,
                          .trained = info.trained,
                          .data = command.data.string(),
                          .split = command.split == "all" ? "" : command.split,
                          .tolerance_mm = command.tolerance_mm,
                          .classes = evaluated(bundle->manifest().classes),
                          .cases = {}};
  ProgressBar bar(fmt::format("evaluating {} cases", entries->size()));
  auto options = cases_options(command, bundle->manifest().classes);
  options.progress = [&](double fraction) { bar.show(fraction); };
  report.cases = model::evaluate::evaluate_cases(**segmenter, *entries, options);
  bar.finish();
  return report;
}

/// The names in --labelled, as the list's column has them.
std::vector<std::string> names_in(const std::string& labelled) {
  std::vector<std::string> names;
  if (labelled == "all") return names;
  for (std::size_t start = 0; start < labelled.size();) {
    const std::size_t end = std::min(labelled.find(';', start), labelled.size());
    if (end > start) names.push_back(labelled.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

Result<EvaluationReport> evaluate_pair(const EvaluateCommand& command) {
  const auto classes = model::standard_classes();
  EvaluationReport report;
  report.data = command.reference.string();
  report.tolerance_mm = command.tolerance_mm;
  report.classes = evaluated(classes);
  DatasetEntry entry;
  entry.labels = command.reference;
  entry.labelled = names_in(command.labelled);
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

std::optional<Error> wrong_usage(const EvaluateCommand& command) {
  const bool pair = !command.prediction.empty() || !command.reference.empty();
  const bool list = !command.bundle.empty() || !command.data.empty();
  const bool whole_pair = !command.prediction.empty() && !command.reference.empty();
  const bool whole_list = !command.bundle.empty() && !command.data.empty();
  if (pair != list && (whole_pair || whole_list)) return std::nullopt;
  return Error{ErrorCode::kInvalidInput,
               "evaluate: give either BUNDLE and --data LIST, or --prediction FILE and "
               "--reference FILE"};
}

int evaluate(const EvaluateCommand& command) {
  if (auto wrong = wrong_usage(command)) return fail(*wrong, kExitUsage);
  auto report = command.bundle.empty() ? evaluate_pair(command) : evaluate_bundle(command);
  if (!report) return fail(report.error());
  const auto summary = model::evaluate::summarise(*report);
  fmt::print("{}", evaluation_table(*report, summary));
  if (!command.json.empty()) {
    auto written = write_json(command.json, model::evaluate::to_json(*report, summary));
    if (!written) return fail(written.error());
  }
  const bool all = summary.scored == static_cast<int>(report->cases.size());
  return all ? kExitOk : kExitFailed;
}

}  // namespace

void add_model_evaluate(CLI::App& model_command, int& exit_code) {
  auto* app = model_command.add_subcommand(
      "evaluate", "Compare a model's segmentations, or given labels, with a reference");
  auto command = std::make_shared<EvaluateCommand>();
  app->add_option("BUNDLE", command->bundle, "A .safetensors bundle; needs --data");
  app->add_option("--data", command->data,
                  "Dataset list, a CSV file: ct,labels,labelled,split,kind (NIfTI files)");
  app->add_option("--split", command->split, "train, validation, test or all")
      ->capture_default_str();
  app->add_option("--limit", command->limit, "At most that many cases; 0: all")
      ->capture_default_str();
  app->add_option("--device", command->segmenter.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  app->add_option("--threads", command->segmenter.threads, "CPU threads; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app->add_option("--prediction", command->prediction,
                  "Predicted labels (NIfTI, the four standard classes), without a model");
  app->add_option("--reference", command->reference, "Reference labels for --prediction");
  app->add_option("--labelled", command->labelled,
                  "Classes that --reference labels, with ';' between them: left, right or names; "
                  "default all");
  app->add_option("--tolerance", command->tolerance_mm,
                  "Of the normalised surface Dice, in millimetres")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app->add_option("--json", command->json, "Also write every number of every case to this file");
  app->callback([command, &exit_code] { exit_code = evaluate(*command); });
}

}  // namespace hilum::admin
