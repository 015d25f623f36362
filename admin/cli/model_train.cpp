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
  if (fine_tunes) return network_of(std::move(bundle));
  return fresh_network({.width = command.width,
                        .window = command.window,
                        .seed = command.recipe.seed,
                        .text_from = std::move(bundle)});
}

/// The pairs of one split, kept in memory; nothing when the split is empty.
Result<std::shared_ptr<const SampleSource>> source_of(const DatasetList& list, Split split,
                                                      const model::Manifest& manifest,
                                                      double cache_gib) {
  auto entries = list.of(split);
  if (entries.empty()) return std::shared_ptr<const SampleSource>();
  // One thread per volume: several are loaded at once.
  auto source = open_file_source(
      std::move(entries),
      {.classes = manifest.classes,
       .preprocess = {
           .spacing_mm = manifest.spacing_mm, .hu_range = manifest.hu_range, .threads = 1}});
  if (!source) return source;
  constexpr double kGiB = 1024.0 * 1024 * 1024;
  return std::shared_ptr<const SampleSource>(std::make_shared<CachedSource>(
      std::move(*source), static_cast<std::size_t>(cache_gib * kGiB)));
}

Result<TrainData> training_data(const TrainCommand& command, const model::Manifest& manifest) {
  auto list = read_dataset_list(command.data);
  if (!list) return std::move(list).error();
  auto train = source_of(*list, Split::kTrain, manifest, command.cache_gib * 0.75);
  if (!train) return std::move(train).error();
  if (!*train) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} has no line in split 'train'", command.data.string())};
  }
  auto validation = source_of(*list, Split::kValidation, manifest, command.cache_gib * 0.25);
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

void show(ProgressBar& bar, const TrainProgress& progress) {
  if (progress.notice) bar.note(*progress.notice);
  const auto left = static_cast<double>(progress.steps - progress.first_step);
  bar.show(static_cast<double>(progress.step - progress.first_step) / left, detail_of(progress));
}

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

int train(TrainCommand& command) {
  if (auto completed = complete(command); !completed) return fail(completed.error(), kExitUsage);
  auto start = starting_network(command);
  if (!start) return fail(start.error());
  auto data = training_data(command, start->manifest);
  if (!data) return fail(data.error());
  print_start(*start, *data);

  const StopOnSignal on_signal;
  std::stop_source stop;
  ProgressBar bar("training");
  const auto summary = run_training(*start, *data, command.recipe, command.run,
                                    {.progress =
                                         [&](const TrainProgress& progress) {
                                           show(bar, progress);
                                           if (on_signal.asked()) stop.request_stop();
                                         },
                                     .stop = stop.get_token()});
  bar.finish();
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
      "Ctrl-C stops after the step under way and writes a checkpoint.");
  app->callback([command, &exit_code] { exit_code = train(*command); });
}

}  // namespace hilum::admin
