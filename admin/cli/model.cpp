#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "admin/cli/commands.h"
#include "admin/cli/table.h"
#include "model/bundle.h"
#include "model/prompt.h"
#include "model/untrained.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;

std::string tower_text(const model::ModelBundle& bundle) {
  const auto size = bundle.tower_size();
  if (!size) return "none: the prompts cannot be changed";
  return fmt::format("{} tokens of {} ids, width {}, {} layers, tokenizer {}", size->context,
                     size->vocabulary, size->width, size->layers,
                     to_string(bundle.manifest().text_tower->tokenizer));
}

std::string adapter_text(const model::ModelBundle& bundle) {
  return bundle.manifest().text_adapter == model::TextAdapter::kShared
             ? "shared by all prompts"
             : "per class: each knows the phrase it was trained with";
}

std::string fusion_text(const model::Manifest& manifest) {
  return fmt::format("{}, pooling by {}",
                     manifest.fusion == model::Fusion::kAttention
                         ? "cross-attention"
                         : "concatenation alone, without cross-attention",
                     manifest.pooling == model::Pooling::kAdapter ? "adapter" : "average");
}

std::string side_text(const model::Manifest& manifest) {
  return manifest.side == model::SideSource::kNetwork
             ? "decided by the network"
             : "decided by the patient's anatomy: the lung that a vessel belongs to";
}

std::string volume_text(const model::ModelClass& item) {
  if (!item.volume_ml) return "";
  return fmt::format("{:.1f}-{:.1f}", item.volume_ml->least, item.volume_ml->most);
}

int inspect(const fs::path& file) {
  auto bundle = model::ModelBundle::open(file);
  if (!bundle) return fail(bundle.error());
  const model::Manifest& m = bundle->manifest();
  fmt::print(
      "name        {}\nversion     {}\ntrained     {}\nsha256      {} (verified)\n"
      "network     LA-CAF, base width {}, {} classes\n"
      "fusion      {}\nside        {}\n"
      "adapter     {}\ntext tower  {}\n"
      "window      {} voxels at {} x {} x {} mm, overlap {}\n"
      "input       {} to {} HU\nthreshold   {}\n",
      m.name, m.version, m.trained ? "yes" : "NO: its segments have no meaning", bundle->sha256(),
      m.base_width, m.classes.size(), fusion_text(m), side_text(m), adapter_text(*bundle),
      tower_text(*bundle), m.window, m.spacing_mm[0], m.spacing_mm[1], m.spacing_mm[2], m.overlap,
      m.hu_range[0], m.hu_range[1], m.threshold);
  for (const auto& [key, value] : m.provenance) fmt::print("{:<11} {}\n", key, value);

  Table table({"LABEL", "SEGMENT", "TYPE", "SIDE", "VOLUME mL", "PROMPT"});
  int label = 0;
  for (const auto& item : m.classes) {
    const SegmentSpec& spec = item.segment;
    table.add({fmt::to_string(++label), spec.label,
               fmt::format("({}, {}, {})", spec.type.value, spec.type.scheme, spec.type.meaning),
               spec.type_modifier ? spec.type_modifier->meaning : "", volume_text(item),
               item.prompt});
  }
  fmt::print("\n{}", table.str(terminal_width()));
  return kExitOk;
}

int init(const fs::path& file, const model::UntrainedOptions& options) {
  auto sha256 = model::write_untrained_bundle(file, options);
  if (!sha256) return fail(sha256.error());
  if (options.text_tower != model::UntrainedTower::kNone) {
    sha256 = model::reembed_prompts(file);
    if (!sha256) return fail(sha256.error());
  }
  fmt::print("{}: untrained model, width {}, seed {}, sha256 {}\n", file.string(), options.width,
             options.seed, *sha256);
  return kExitOk;
}

void add_text_options(CLI::App& app, model::UntrainedOptions& options) {
  app.add_option_function<std::string>(
         "--text-adapter",
         [&options](const std::string& name) {
           options.text_adapter =
               name == "shared" ? model::TextAdapter::kShared : model::TextAdapter::kPerClass;
         },
         "per_class as in the paper, or shared, which any prompt may go through")
      ->check(CLI::IsMember({"per_class", "shared"}))
      ->default_str("per_class");
  app.add_option_function<std::string>(
         "--text-tower",
         [&options](const std::string& name) {
           options.text_tower =
               name == "bytes" ? model::UntrainedTower::kBytes : model::UntrainedTower::kNone;
         },
         "none, or bytes: a small one, so that hilum model prompt can be tried")
      ->check(CLI::IsMember({"none", "bytes"}))
      ->default_str("none");
}

void add_init(CLI::App& model_command, int& exit_code) {
  auto* init_command = model_command.add_subcommand(
      "init", "Write a deterministic untrained bundle, for tests and trials");
  auto options = std::make_shared<model::UntrainedOptions>();
  auto out = std::make_shared<fs::path>();
  init_command->add_option("BUNDLE", *out, "File to write")->required();
  init_command->add_option("--width", options->width, "Base width; the paper's is 32")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  init_command->add_option("--seed", options->seed, "Of the generated weights")
      ->capture_default_str();
  init_command->add_option("--window", options->window, "Edge of the window, a multiple of 8")
      ->capture_default_str();
  init_command->add_option("--overlap", options->overlap, "Of neighbouring windows; less is faster")
      ->check(CLI::Range(0.0, 0.9))
      ->capture_default_str();
  add_text_options(*init_command, *options);
  init_command->callback([out, options, &exit_code] { exit_code = init(*out, *options); });
}

}  // namespace

void add_model(CLI::App& app, int& exit_code) {
  auto* model_command = app.add_subcommand("model", "Make and inspect model bundles");
  model_command->require_subcommand(1);

  auto* inspect_command =
      model_command->add_subcommand("inspect", "Verify a bundle and show what is in it");
  auto file = std::make_shared<fs::path>();
  inspect_command->add_option("BUNDLE", *file, "A .safetensors bundle")->required();
  inspect_command->callback([file, &exit_code] { exit_code = inspect(*file); });

  add_init(*model_command, exit_code);
  add_model_evaluate(*model_command, exit_code);
  add_model_import(*model_command, exit_code);
  add_model_prompt(*model_command, exit_code);
  add_model_ranges(*model_command, exit_code);
  add_model_set(*model_command, exit_code);
  add_model_train(*model_command, exit_code);
}

}  // namespace hilum::admin
