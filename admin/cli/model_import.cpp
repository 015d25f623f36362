#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/table.h"
#include "admin/version.h"
#include "model/import/import_model.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

/// As typed, before it is checked.
struct ImportCommand {
  model::ImportOptions options;
  std::string clip;
  std::string merges;
  std::string embeddings;
  std::string features_from;
  std::vector<std::string> classes;
  bool half = false;
  bool keep_tower = true;
};

std::string today() {
  return fmt::format(
      "{:%Y-%m-%d}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

Result<model::ImportOptions> options_of(const ImportCommand& command) {
  model::ImportOptions options = command.options;
  if (!command.clip.empty()) options.clip = command.clip;
  if (!command.merges.empty()) options.merges = command.merges;
  if (!command.embeddings.empty()) options.embeddings = command.embeddings;
  if (!command.features_from.empty()) {
    auto source = model::parse_feature_source(command.features_from);
    if (!source) return std::move(source).error();
    options.features_from = *source;
  }
  for (const std::string& text : command.classes) {
    auto prompt = model::parse_class_prompt(text);
    if (!prompt) return std::move(prompt).error();
    options.prompts.push_back(*std::move(prompt));
  }
  options.storage = command.half ? model::Storage::kFloat16 : model::Storage::kFloat32;
  options.keep_tower = command.keep_tower ? model::KeepTower::kYes : model::KeepTower::kNo;
  options.tool = fmt::format("hilum {}", kVersion);
  options.imported_at = today();
  return options;
}

/// Chosen text features, and how every other source compares, class by class.
void print_features(const model::ImportReport& report) {
  Table table({"LABEL", "SEGMENT", "PROMPT", "FEATURES", "COSINE WITH OTHERS"});
  for (std::size_t k = 0; k < report.manifest.classes.size(); ++k) {
    std::vector<std::string> others;
    for (const auto& other : report.features.others) {
      others.push_back(fmt::format("{} {:.5f}", to_string(other.source), other.cosines[k]));
    }
    const auto& one = report.manifest.classes[k];
    table.add({fmt::to_string(k + 1), one.segment.label, one.prompt,
               std::string(to_string(report.features.source)),
               others.empty() ? "not compared" : fmt::format("{}", fmt::join(others, ", "))});
  }
  fmt::print("\n{}", table.str(terminal_width()));
}

void print_report(const model::ImportReport& report, const fs::path& out) {
  Table parts({"PART", "FROM", "WHAT"});
  for (const auto& part : report.parts) parts.add({part.part, part.file, part.what});
  fmt::print("{}", parts.str(terminal_width()));
  print_features(report);
  if (!report.ignored.empty()) {
    std::vector<std::string> kinds;
    for (const auto& [kind, count] : report.ignored) {
      kinds.push_back(fmt::format("{} {}", count, kind));
    }
    fmt::print("\nnot used by the network, left out (tensors): {}\n", fmt::join(kinds, ", "));
  }
  fmt::print("\n{}: {} {}, sha256 {}\ncheck it with:  hilum model inspect {}\n", out.string(),
             report.manifest.name, report.manifest.version, report.sha256, out.string());
}

int import_bundle(const ImportCommand& command) {
  auto options = options_of(command);
  if (!options) return fail(options.error(), kExitUsage);
  const auto report = model::import_model(*options);
  if (!report) return fail(report.error());
  print_report(*report, options->out);
  return kExitOk;
}

void add_options(CLI::App& app, ImportCommand& command) {
  model::ImportOptions& options = command.options;
  app.add_option("--lacaf", options.lacaf, "LA-CAF checkpoint saved with torch.save")->required();
  app.add_option("--clip", command.clip, "CLIP weights: ViT-B-32.pt or model.safetensors");
  app.add_option("--merges", command.merges,
                 "CLIP's merges: bpe_simple_vocab_16e6.txt.gz or merges.txt");
  app.add_option("--embeddings", command.embeddings, "Text features saved with torch.save");
  app.add_option("--embeddings-from", command.features_from,
                 "Which text features to use when several are there: checkpoint, file or clip. "
                 "Without it they must agree, and the first of these is taken");
  app.add_option("--class", command.classes,
                 "LABEL=PROMPT: the prompt that a class was trained with, if not the paper's");
  app.add_flag("--keep-tower,!--no-tower", command.keep_tower,
               "Whether the bundle carries CLIP's text tower, so that its prompts can be changed "
               "later; yes unless --no-tower");
  app.add_flag("--f16", command.half, "Store the network in half the bytes, rounded to float16");
  app.add_option("--name", options.name, "Of the model, as results show it")->capture_default_str();
  app.add_option("--version", options.version, "Of the model")->capture_default_str();
  app.add_option("--licence", options.licence, "Of the weights, in words, for the record");
  app.add_option("-o,--out", options.out, "Bundle to write")->required();
}

}  // namespace

void add_model_import(CLI::App& model_command, int& exit_code) {
  auto* app = model_command.add_subcommand(
      "import", "Make a bundle from PyTorch checkpoints of LA-CAF and CLIP's weights");
  auto command = std::make_shared<ImportCommand>();
  add_options(*app, *command);
  app->callback([command, &exit_code] { exit_code = import_bundle(*command); });
}

}  // namespace hilum::admin
