#include "admin/cli/model_train_options.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "admin/cli/recipe_file.h"
#include "admin/version.h"

namespace hilum::admin {
namespace {

using namespace model::train;

constexpr double kFineTuningRate = 2e-4;

void add_start_options(CLI::App& app, TrainCommand& command) {
  constexpr auto kGroup = "What to start from";
  auto* from = app.add_option("--from", command.from,
                              "Fine-tune this bundle: weights, classes, prompts and text tower "
                              "carry over")
                   ->group(kGroup);
  app.add_option("--text-from", command.text_from,
                 "New network with classes, prompts, text features and tower of this bundle; "
                 "without it the standard classes with generated text features")
      ->group(kGroup)
      ->excludes(from);
  app.add_option("--text", command.text,
                 "frozen: text features stay as they are; tower: a text tower learns together with "
                 "the segmentation, on synthetic patients, so that prompts are free; vectors: one "
                 "learned vector per class, no text")
      ->check(CLI::IsMember({"frozen", "tower", "vectors"}))
      ->group(kGroup)
      ->capture_default_str();
  const auto choice = [&](const char* name, std::string& value, std::vector<std::string> values,
                          const char* text) {
    app.add_option(name, value, text)
        ->check(CLI::IsMember(std::move(values)))
        ->group(kGroup)
        ->excludes(from)
        ->capture_default_str();
  };
  choice("--side", command.side, {"network", "anatomy"},
         "What tells left from right: the network's classes, or the lungs of the whole volume");
  choice("--fusion", command.fusion, {"attention", "concatenation"},
         "How text meets image; concatenation is an ablation");
  choice("--pooling", command.pooling, {"adapter", "average"},
         "How the bottleneck becomes one feature; average is an ablation");
  app.add_option("--width", command.width, "Base width of a new network; the paper's is 32")
      ->group(kGroup)
      ->excludes(from)
      ->capture_default_str();
  app.add_option("--window", command.window,
                 "Edge of a new network's window, a multiple of 8; the paper's is 96. Smaller "
                 "windows need less memory")
      ->group(kGroup)
      ->excludes(from)
      ->capture_default_str();
}

void add_recipe_options(CLI::App& app, TrainCommand& command) {
  Recipe& recipe = command.recipe;
  const auto option = [&](const char* name, auto& value, const char* text) {
    return app.add_option(name, value, text)->group("Recipe");
  };
  option("--steps", recipe.steps, "Steps of the optimizer")->capture_default_str();
  option("--batch", recipe.batch, "Windows per step")->capture_default_str();
  option("--lr", command.learning_rate, "Highest learning rate [0.0008; with --from 0.0002]");
  option("--weight-decay", recipe.weight_decay, "Of AdamW")->capture_default_str();
  option("--warm-up", command.warm_up_steps,
         "Steps of linear warm-up before the cosine [10 epochs, at most a tenth of the steps]");
  option("--seed", recipe.seed, "Of weights, order, windows, augmentation")->capture_default_str();
  option("--windows-per-volume", recipe.windows_per_volume,
         "Windows taken from a volume before the next one comes")
      ->capture_default_str();
  option("--pool", recipe.pool.slots,
         "Volumes that are drawn from at a time, each replaced after some rounds; 0: all")
      ->capture_default_str();
  option("--pool-rounds", recipe.pool.rounds,
         "Visits to a volume of the pool before it is replaced")
      ->capture_default_str();
  option("--reading-steps", recipe.reading_steps,
         "With --text tower: steps in which the tower reads phrases alone, before all others")
      ->capture_default_str();
  option("--rotate", recipe.augmentation.rotate_probability,
         "Probability of a quarter turn about the left-right axis")
      ->capture_default_str();
  option("--shift", recipe.augmentation.shift_probability,
         "Probability of an intensity shift of up to 0.1")
      ->capture_default_str();
  option("--mirror", recipe.augmentation.mirror_probability,
         "Probability of mirroring left and right, with their classes swapped")
      ->capture_default_str();
  option("--freeze", recipe.frozen,
         "Beginnings of names of parameters that stay as they are, for example backbone.down");
  option("--validate-every", recipe.validate_every, "Steps")->capture_default_str();
  option("--validation-windows", recipe.validation_windows, "Per volume")->capture_default_str();
  option("--precision", command.precision,
         "auto (bfloat16 where the GPU or processor has it), float32, tf32 or bfloat16")
      ->capture_default_str();
}

void add_run_options(CLI::App& app, TrainCommand& command) {
  RunOptions& run = command.run;
  const auto option = [&](const char* name, auto& value, const char* text) {
    return app.add_option(name, value, text)->group("How to run it");
  };
  option("--device", run.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  option("--threads", run.threads, "CPU threads of the network; 0: all cores")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  option("--loaders", run.loaders, "Threads that read and resample volumes")->capture_default_str();
  option("--cache", command.cache_gib, "GiB of resampled volumes kept in memory")
      ->check(CLI::Range(0.0, 4096.0))
      ->capture_default_str();
  option("--memory", command.memory,
         "auto: keep activations until memory is short; recompute: from the start")
      ->check(CLI::IsMember({"auto", "recompute"}))
      ->capture_default_str();
  option("--windows-at-once", command.windows_at_once,
         "Of a batch, the rest is accumulated; 0: all, fewer when memory is short")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  option("--store", command.store,
         "Numbers in best.safetensors: float16 halves the file of a new network")
      ->check(CLI::IsMember({"float32", "float16"}))
      ->capture_default_str();
  option("--log-every", run.log_every, "Steps per line of log.csv")->capture_default_str();
  option("--checkpoint-every", run.checkpoint_every, "Steps; besides, every ten minutes")
      ->capture_default_str();
}

}  // namespace

void add_train_options(CLI::App& app, TrainCommand& command) {
  constexpr auto kGroup = "What to train on";
  app.add_option("--recipe", command.recipe_file,
                 "TOML file with any of these options, such as model/bundles/default.toml; the "
                 "command line goes first");
  auto* data = app.add_option("--data", command.data,
                              "CSV list of NIfTI files with the columns ct,labels and, if wanted, "
                              "labelled (all, left, right or names), split (train or validation), "
                              "kind")
                   ->group(kGroup);
  app.add_option("--phantoms", command.phantoms,
                 "Instead: that many synthetic patients, made while training goes on")
      ->check(CLI::Range(1, 100'000))
      ->group(kGroup)
      ->excludes(data);
  app.add_option("--first-seed", command.first_seed, "Of the synthetic patients to train on")
      ->check(CLI::Range(0, 799'999))
      ->group(kGroup)
      ->capture_default_str();
  app.add_option("--validation-phantoms", command.validation_phantoms,
                 "Synthetic patients to validate on; 0: none")
      ->check(CLI::Range(0, 1000))
      ->group(kGroup)
      ->capture_default_str();
  app.add_option("-o,--out", command.run.out,
                 "Folder of the run: best.safetensors, last.safetensors, log.csv, curves.svg. When "
                 "it holds a run that was interrupted, the same command goes on with it")
      ->required();
  add_start_options(app, command);
  add_recipe_options(app, command);
  add_run_options(app, command);
}

Status complete(CLI::App& app, TrainCommand& command) {
  if (!command.recipe_file.empty()) {
    if (auto read = apply_recipe_file(app, command.recipe_file); !read) return read;
  }
  if (command.data.empty() == (command.phantoms == 0)) {
    return Error{ErrorCode::kInvalidInput,
                 "say what to train on: either --data LIST or --phantoms N"};
  }
  if (command.text == "tower" && command.phantoms == 0) {
    return Error{
        ErrorCode::kInvalidInput,
        "--text tower needs --phantoms: only synthetic patients label what the phrases ask "
        "for"};
  }
  auto precision = model::parse_precision(command.precision);
  if (!precision) return std::move(precision).error();
  Recipe& recipe = command.recipe;
  recipe.precision = *precision;
  recipe.warm_up_steps = command.warm_up_steps;
  const double usual = command.from.empty() ? Recipe{}.learning_rate : kFineTuningRate;
  recipe.learning_rate = command.learning_rate.value_or(usual);
  command.run.memory = {
      .activations = command.memory == "recompute" ? Activations::kRecomputed : Activations::kKept,
      .windows_at_once = command.windows_at_once > 0 ? command.windows_at_once : recipe.batch};
  command.run.storage =
      command.store == "float16" ? model::Storage::kFloat16 : model::Storage::kFloat32;
  command.run.program_version = fmt::format("{}, commit {}", kVersion, kCommit);
  return ok();
}

}  // namespace hilum::admin
