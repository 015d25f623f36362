#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "admin/cli/commands.h"
#include "admin/cli/model_train_options.h"
#include "admin/cli/progress_bar.h"
#include "model/train/cached_source.h"
#include "model/train/dataset_list.h"
#include "model/train/file_source.h"
#include "model/train/phantom_source.h"
#include "model/train/run_folder.h"
#include "model/train/trainer.h"

namespace hilum::admin {
namespace {

namespace fs = std::filesystem;
using namespace model::train;

Result<std::shared_ptr<const model::ModelBundle>> open_bundle(const fs::path& file) {
  auto bundle = model::ModelBundle::open(file);
  if (!bundle) return std::move(bundle).error();
  return std::make_shared<const model::ModelBundle>(std::move(*bundle));
}

Result<NetworkStart> starting_network(const TrainCommand& command) {
  const bool fine_tunes = !command.from.empty();
  const fs::path& file = fine_tunes ? command.from : command.text_from;
  std::shared_ptr<const model::ModelBundle> bundle;
  if (!file.empty()) {
    auto opened = open_bundle(file);
    if (!opened) return std::move(opened).error();
    bundle = std::move(*opened);
  }
  auto text = parse_text_training(command.text);
  if (!text) return std::move(text).error();
  if (fine_tunes) return network_of(std::move(bundle), *text);
  return fresh_network({.width = command.width,
                        .window = command.window,
                        .seed = command.recipe.seed,
                        .text_from = std::move(bundle),
                        .text = *text,
                        .side = command.side == "anatomy" ? model::SideSource::kAnatomy
                                                          : model::SideSource::kNetwork,
                        .fusion = command.fusion == "concatenation" ? model::Fusion::kConcatenation
                                                                    : model::Fusion::kAttention,
                        .pooling = command.pooling == "average" ? model::Pooling::kAverage
                                                                : model::Pooling::kAdapter});
}

constexpr double kTrainShare = 0.75;  ///< of the cache; the rest is for validation

std::shared_ptr<const SampleSource> cached(std::shared_ptr<const SampleSource> source,
                                           double cache_gib) {
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  return std::make_shared<CachedSource>(std::move(source),
                                        static_cast<std::size_t>(cache_gib * kGiB));
}

/// As inference prepares its image; one thread per volume, because several are made at once.
model::PreprocessOptions preprocessing(const model::Manifest& manifest) {
  return {.spacing_mm = manifest.spacing_mm, .hu_range = manifest.hu_range, .threads = 1};
}

TrainData synthetic_data(const TrainCommand& command, const model::Manifest& manifest) {
  const auto source = [&](int volumes, std::uint64_t first_seed, double cache_gib) {
    return cached(
        phantom_source(
            {.volumes = volumes, .first_seed = first_seed, .preprocess = preprocessing(manifest)}),
        cache_gib);
  };
  TrainData data{
      .train = source(command.phantoms, command.first_seed, command.cache_gib * kTrainShare),
      .validation = nullptr};
  if (command.validation_phantoms > 0) {
    data.validation = source(command.validation_phantoms, kValidationSeeds,
                             command.cache_gib * (1 - kTrainShare));
  }
  return data;
}

/// The pairs of one split, kept in memory; nothing when the split is empty.
Result<std::shared_ptr<const SampleSource>> source_of(const DatasetList& list, Split split,
                                                      const model::Manifest& manifest,
                                                      double cache_gib) {
  auto entries = list.of(split);
  if (entries.empty()) return std::shared_ptr<const SampleSource>();
  model::PreprocessOptions preprocess = preprocessing(manifest);
  preprocess.side = manifest.side;
  auto source =
      open_file_source(std::move(entries), {.classes = manifest.classes, .preprocess = preprocess});
  if (!source) return source;
  return cached(std::move(*source), cache_gib);
}

Result<TrainData> training_data(const TrainCommand& command, const model::Manifest& manifest) {
  if (command.phantoms > 0) return synthetic_data(command, manifest);
  auto list = read_dataset_list(command.data);
  if (!list) return std::move(list).error();
  auto train = source_of(*list, Split::kTrain, manifest, command.cache_gib * kTrainShare);
  if (!train) return std::move(train).error();
  if (!*train) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} has no line in split 'train'", command.data.string())};
  }
  auto validation =
      source_of(*list, Split::kValidation, manifest, command.cache_gib * (1 - kTrainShare));
  if (!validation) return std::move(validation).error();
  return TrainData{.train = std::move(*train), .validation = std::move(*validation)};
}

/// Ctrl-C and SIGTERM end the run after the step under way; a second one ends it at once.
class StopOnSignal {
 public:
  StopOnSignal() {
    struct sigaction action {};
    action.sa_handler = [](int) { asked_ = true; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
  }
  static bool asked() { return asked_; }

 private:
  static std::atomic<bool> asked_;
};
std::atomic<bool> StopOnSignal::asked_ = false;

std::string detail_of(const TrainProgress& progress) {
  const auto dice = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.3f}", *value) : std::string("-");
  };
  return fmt::format("step {}/{}, loss {:.4f}, Dice {}, validation {}, waiting {:.0f} %",
                     progress.step, progress.steps, progress.loss, dice(progress.dice),
                     dice(progress.validation), progress.waiting * 100);
}

/// Bars of a run: one while the text tower reads, one for the training.
class TrainingBars {
 public:
  void show(const TrainProgress& progress) {
    if (progress.reading) {
      reading_.show(static_cast<double>(progress.step) / static_cast<double>(progress.steps),
                    fmt::format("step {}/{}, distance from the meaning {:.4f}", progress.step,
                                progress.steps, progress.loss));
      if (progress.step == progress.steps) reading_.finish();
      return;
    }
    if (!training_) training_.emplace("training");
    if (progress.notice) training_->note(*progress.notice);
    const auto left = static_cast<double>(progress.steps - progress.first_step);
    training_->show(static_cast<double>(progress.step - progress.first_step) / left,
                    detail_of(progress));
  }
  void finish() {
    reading_.finish();
    if (training_) training_->finish();
  }

 private:
  ProgressBar reading_{"learning to read"};
  std::optional<ProgressBar> training_;
};

void print_start(const NetworkStart& start, const TrainData& data) {
  const model::Manifest& manifest = start.manifest;
  fmt::print(stderr, "{} {}: width {}, {} classes, window {}\ntraining on {}, {}\n", manifest.name,
             manifest.version, manifest.base_width, manifest.classes.size(), manifest.window,
             data.train->description(),
             data.validation ? "validating on " + data.validation->description()
                             : "not validating: the list has no line in split 'validation'");
}

int print_end(const TrainSummary& summary, const RunFolder& folder) {
  if (summary.end == TrainSummary::End::kStopped) {
    fmt::print("stopped after step {}; the same command goes on from there\n", summary.step);
    return kExitFailed;
  }
  fmt::print(
      "{} steps done, of which this run {} in {:.0f} s on {}, {:.1f} % of it waiting for "
      "data\n",
      summary.step, summary.step - summary.first_step, summary.seconds, summary.device,
      summary.waiting * 100);
  if (summary.best_validation) {
    fmt::print("best: step {}, mean Dice over validation windows {:.4f}\n", summary.best_step,
               *summary.best_validation);
  }
  fmt::print("{}\nlog and curves: {}, {}\n", folder.best().string(), folder.log().string(),
             folder.curves().string());
  return kExitOk;
}

int train(CLI::App& app, TrainCommand& command) {
  if (auto completed = complete(app, command); !completed)
    return fail(completed.error(), kExitUsage);
  auto start = starting_network(command);
  if (!start) return fail(start.error());
  auto data = training_data(command, start->manifest);
  if (!data) return fail(data.error());
  print_start(*start, *data);

  const StopOnSignal on_signal;
  std::stop_source stop;
  TrainingBars bars;
  const auto summary = run_training(*start, *data, command.recipe, command.run,
                                    {.progress =
                                         [&](const TrainProgress& progress) {
                                           bars.show(progress);
                                           if (on_signal.asked()) stop.request_stop();
                                         },
                                     .stop = stop.get_token()});
  bars.finish();
  if (!summary) return fail(summary.error());
  return print_end(*summary, {.root = command.run.out});
}

}  // namespace

void add_model_train(CLI::App& model_command, int& exit_code) {
  auto* app = model_command.add_subcommand(
      "train", "Train LA-CAF on labelled CTs, from scratch or from a bundle");
  auto command = std::make_shared<TrainCommand>();
  add_train_options(*app, *command);
  app->footer(
      "Fine-tune on your own CTs (see model/train/README.md):\n"
      "  hilum convert CT_DIR --seg SEG.dcm --out case1      (once per CT)\n"
      "  hilum model train --data list.csv --from model.safetensors --steps 2000 --out run1\n"
      "  hilum model evaluate run1/best.safetensors --data list.csv --split test\n"
      "Train a promptable model on synthetic patients:\n"
      "  hilum model train --recipe model/bundles/default.toml --out run2\n"
      "Ctrl-C stops after the step under way and writes a checkpoint.");
  app->callback([app, command, &exit_code] { exit_code = train(*app, *command); });
}

}  // namespace hilum::admin
