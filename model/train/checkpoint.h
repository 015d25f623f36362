#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/train/dice_counts.h"

namespace hilum::model::train {

/// Sums since the last line of the log.
struct RowSums {
  std::int64_t steps = 0;
  double loss = 0;
  DiceCounts dice;
  double seconds = 0;  ///< wall-clock time of the steps, waiting included
  double waiting_seconds = 0;
  bool operator==(const RowSums&) const = default;
};

/// Where a run is. Random numbers and the order of data are functions of seed and step (draw.h), so
/// the step alone says which come next.
struct TrainingState {
  std::int64_t step = 0;   ///< steps done
  double best_score = -1;  ///< mean validation Dice of the best weights so far; -1: none yet
  std::int64_t best_step = 0;
  double seconds = 0;  ///< of work since the run began
  RowSums row;
  bool operator==(const TrainingState&) const = default;
};

/// A parameter with its AdamW moments.
struct TrainedParameter {
  ParameterShape shape;
  std::vector<float> value;
  std::vector<float> first;   ///< mean of the gradients; empty for a parameter that is not trained
  std::vector<float> second;  ///< mean of their squares
};

/// Everything that a run needs to go on exactly where it was.
struct Checkpoint {
  std::string run;  ///< digest of the run's configuration
  TrainingState state;
  std::vector<TrainedParameter> parameters;
};

/// Writes it durably as a safetensors file: a kill leaves the old or the new one.
Status save_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint);

/// What a checkpoint must hold.
struct CheckpointShape {
  std::vector<ParameterShape> parameters;
  int classes = 0;  ///< with a Dice each
};

/// Reads what `save_checkpoint` wrote; the parameters in the order of `shape`. kNotFound when there
/// is none; kInvalidInput, naming the tensor or field, when it is damaged or of another network.
Result<Checkpoint> load_checkpoint(const std::filesystem::path& file, CheckpointShape shape);

}  // namespace hilum::model::train
