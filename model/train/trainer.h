#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "model/precision.h"
#include "model/train/memory_plan.h"
#include "model/train/network_start.h"
#include "model/train/sample_source.h"
#include "model/train/volume_pool.h"
#include "model/train/window.h"

namespace hilum::model::train {

struct TrainData {
  std::shared_ptr<const SampleSource> train;
  std::shared_ptr<const SampleSource> validation;  ///< may be null: then the last weights are best
};

/// What decides the resulting weights. A run that is resumed must have the same.
struct Recipe {
  std::int64_t steps = 5000;
  int batch = 4;  ///< windows per step
  double learning_rate = 8e-4;
  double weight_decay = 1e-5;
  std::optional<std::int64_t> warm_up_steps{};  ///< default: `default_warm_up`
  std::uint64_t seed = 1;                       ///< of order, windows, prompts and augmentation
  int windows_per_volume = 4;
  VolumePool pool{};
  std::int64_t reading_steps = 1500;  ///< of a text tower that learns, on phrases alone, before all
  AugmentationOptions augmentation{};
  std::vector<std::string> frozen{};  ///< beginnings of names of parameters that keep their values
  Precision precision = Precision::kAuto;
  std::int64_t validate_every = 500;  ///< steps; at the end always
  int validation_windows = 8;         ///< per volume
};

/// How the run goes; may differ when it is resumed.
struct RunOptions {
  std::filesystem::path out{};
  std::string device = "auto";  ///< "auto" (CUDA when there is one), "cpu", "cuda" or "cuda:N"
  int threads = 0;              ///< CPU threads of LibTorch; 0: all cores
  int loaders = 2;              ///< threads that load volumes
  MemoryPlan memory{};          ///< to begin with; smaller ones are tried when memory is short
  std::int64_t log_every = 25;  ///< steps per line of the log
  std::int64_t checkpoint_every = 500;            ///< steps
  std::chrono::seconds checkpoint_interval{600};  ///< or this time, whichever comes first
  Storage storage = Storage::kFloat32;            ///< of the network in best.safetensors
  std::string program_version{};                  ///< for config.json
};

struct TrainProgress {
  std::int64_t first_step = 0;  ///< > 0: resumed from a checkpoint
  std::int64_t step = 0;        ///< steps done
  std::int64_t steps = 0;
  double loss = 0;                   ///< of this step
  bool reading = false;              ///< `step` and `steps` are those of reading, before all others
  std::optional<double> dice;        ///< mean over the classes, since the last line of the log
  std::optional<double> validation;  ///< the latest
  double waiting = 0;                ///< share of this run's time that waited for data
  std::optional<std::string> notice;  ///< something happened that people should read
};
/// Called after every step from the thread that called `run_training`.
using TrainProgressSink = std::function<void(const TrainProgress&)>;

struct TrainControl {
  TrainProgressSink progress;  ///< may be empty
  std::stop_token stop;
};

struct TrainSummary {
  enum class End { kFinished, kStopped };
  End end = End::kFinished;
  std::int64_t first_step = 0;  ///< > 0: resumed from a checkpoint
  std::int64_t step = 0;        ///< steps done
  std::optional<double> best_validation;
  std::int64_t best_step = 0;
  std::string best_sha256;  ///< of best.safetensors; empty when stopped before there was one
  double seconds = 0;       ///< of this run, without what it was resumed from
  double waiting = 0;       ///< share of it that waited for data
  std::string device;       ///< for people
};

/// Trains LA-CAF (la-caf.md's recipe; README.md of this folder) and writes into `run.out`:
/// config.json, log.csv, curves.svg, checkpoint.safetensors, last.safetensors and, chosen by the
/// mean Dice over the validation windows, best.safetensors. When the folder holds a checkpoint of
/// the same recipe, network and data, the run goes on from there; on a CPU with the same number of
/// threads the weights are, to the last bit, those of a run that was never interrupted. On a stop
/// request it finishes the step and writes a checkpoint.
///
/// kConflict, naming the differences, when the folder holds another run; kInvalidInput for options
/// out of range; kNoSpace when memory does not suffice even for one window; kInternal when the loss
/// is no number any more; errors of the data, the device and the files; kUnsupported in a build
/// without LibTorch.
Result<TrainSummary> run_training(const NetworkStart& start, const TrainData& data,
                                  const Recipe& recipe, const RunOptions& run,
                                  const TrainControl& control = {});

}  // namespace hilum::model::train
