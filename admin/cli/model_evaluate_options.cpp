#include "admin/cli/model_evaluate_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace hilum::admin {
namespace {

using model::evaluate::PhantomCasesOptions;
using model::evaluate::PhantomRange;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void add_case_options(CLI::App& app, EvaluateCommand& command) {
  app.add_option("--data", command.data,
                 "Dataset list, a CSV file: ct,labels,labelled,split,kind (NIfTI files)");
  app.add_option("--split", command.split, "train, validation, test or all")->capture_default_str();
  app.add_flag_callback(
      "--phantom", [&command] { command.cases = EvaluateCommand::Cases::kPhantoms; },
      "Synthetic patients, made on the way: their scores say nothing about patients");
  app.add_option("--seeds", command.seeds,
                 "FIRST:COUNT of the synthetic patients; default 40 that no recipe trains on, "
                 "1000000:40");
  app.add_flag_callback(
      "--shifted", [&command] { command.range = PhantomRange::kShifted; },
      "Synthetic patients outside the ranges that training draws from");
  app.add_option("--limit", command.limit, "At most that many cases; 0: all")
      ->capture_default_str();
}

void add_model_options(CLI::App& app, EvaluateCommand& command) {
  app.add_option("--prompt", command.prompts,
                 "LABEL=TEXT: another prompt for a class, for this evaluation; repeatable; needs a "
                 "bundle with a text tower");
  app.add_option("--threshold", command.threshold,
                 "Probability from which a voxel belongs to a class, for this evaluation; default "
                 "what the bundle says, see hilum model set")
      ->check(CLI::Range(0.01, 0.99));
  app.add_option("--overlap", command.segmenter.overlap,
                 "Of neighbouring windows; default what the bundle says")
      ->check(CLI::Range(0.0, 0.9));
  app.add_option("--device", command.segmenter.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  app.add_option("--threads", command.segmenter.threads, "CPU threads; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

}  // namespace

void add_evaluate_options(CLI::App& app, EvaluateCommand& command) {
  app.add_option("BUNDLE", command.bundle, "A .safetensors bundle; needs --data or --phantom");
  add_case_options(app, command);
  add_model_options(app, command);
  app.add_option("--prediction", command.prediction,
                 "Predicted labels (NIfTI, the four standard classes), without a model");
  app.add_option("--reference", command.reference, "Reference labels for --prediction");
  app.add_option("--labelled", command.labelled,
                 "Classes that --reference labels, with ';' between them: left, right or names; "
                 "default all");
  app.add_option("--tolerance", command.tolerance_mm,
                 "Of the normalised surface Dice, in millimetres")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--pictures", command.pictures,
                 "Also draw every case into this folder: right grey, missed orange, invented blue, "
                 "artery for vein or vein for artery magenta, wrong side yellow");
  app.add_option("--json", command.json, "Also write every number of every case to this file");
}

Status check_usage(const EvaluateCommand& command) {
  const bool phantoms = command.cases == EvaluateCommand::Cases::kPhantoms;
  const bool list = !command.data.empty();
  const bool of_phantoms = !command.seeds.empty() || command.range != PhantomRange::kTraining;
  if (of_phantoms && !phantoms) {
    return Error{ErrorCode::kInvalidInput, "evaluate: --seeds and --shifted need --phantom"};
  }
  const bool pair = !command.prediction.empty() && !command.reference.empty();
  const bool half_pair = command.prediction.empty() != command.reference.empty();
  const bool by_model = !command.bundle.empty() && phantoms != list;
  const bool any_model = !command.bundle.empty() || phantoms || list;
  if (!half_pair && ((pair && !any_model) || (by_model && !pair))) return ok();
  return Error{ErrorCode::kInvalidInput,
               "evaluate: give either BUNDLE and --data LIST, or BUNDLE and --phantom, or "
               "--prediction FILE and --reference FILE"};
}

Result<PhantomCasesOptions> phantoms_meant(const EvaluateCommand& command) {
  constexpr std::uint64_t kMostPhantoms = 100'000;
  PhantomCasesOptions options{.range = command.range};
  if (!command.seeds.empty()) {
    const std::string_view text = command.seeds;
    const std::size_t colon = text.find(':');
    const auto first = whole_number(text.substr(0, colon));
    const std::uint64_t count =
        colon == std::string_view::npos ? 0 : whole_number(text.substr(colon + 1)).value_or(0);
    if (!first || count < 1 || count > kMostPhantoms) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("--seeds {}: give FIRST:COUNT, such as 1000000:40, with a count of "
                               "1..{}",
                               command.seeds, kMostPhantoms)};
    }
    options.first_seed = *first;
    options.count = count;
  }
  if (command.limit > 0) options.count = std::min(options.count, command.limit);
  return options;
}

Result<PromptChange> prompt_change(const std::string& option) {
  const std::size_t equals = option.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == option.size()) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("--prompt {}: give LABEL=TEXT, such as \"Left pulmonary artery=arteries "
                    "of the left lung\"",
                    option)};
  }
  return PromptChange{.label = option.substr(0, equals), .prompt = option.substr(equals + 1)};
}

}  // namespace hilum::admin
