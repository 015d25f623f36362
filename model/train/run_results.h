#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/train/checkpoint.h"
#include "model/train/run_folder.h"
#include "model/train/training_log.h"

namespace hilum::model::train {

/// The version of a bundle after `steps` more steps, at most 64 characters: "w8 seed 1 +600 steps",
/// or with all steps together where it had some already.
std::string trained_version(std::string_view before, std::int64_t steps);

/// Writes what a run leaves in its folder: log, curves, bundles, checkpoint. Keeps references to
/// what the run starts from. Not thread-safe.
class RunResults {
 public:
  /// What is trained, on what and how.
  struct Parts {
    const NetworkStart& start;
    const TrainData& data;
    const Recipe& recipe;
    const RunOptions& run;
  };
  /// Opens the log as it was at `step`. Errors of `TrainingLog::open`.
  static Result<RunResults> open(const RunFolder& folder, const Parts& parts, std::int64_t step);

  /// What the log says of the steps since the line before.
  struct RowFacts {
    double learning_rate = 0;
    std::optional<DiceCounts> validated;
  };
  /// Adds a line to the log and clears the state's sums.
  Status add_row(TrainingState& state, const RowFacts& facts);

  /// Writes a bundle of these parameters as at the end and removes it again: a run must not find
  /// out after hours that what it learned cannot be saved.
  [[nodiscard]] Status try_to_write(std::span<const TrainedParameter> parameters) const;
  /// The bundle of `state`'s step as `folder.best()`; returns its SHA-256.
  [[nodiscard]] Result<std::string> write_best(std::int64_t step,
                                               std::span<const TrainedParameter> parameters) const;
  /// `folder.last()`, curves and, at the end of all, the checkpoint: it says that the others are
  /// there.
  [[nodiscard]] Status write_checkpoint(const Checkpoint& checkpoint) const;

 private:
  RunResults(RunFolder folder, const Parts& parts, TrainingLog log)
      : folder_(std::move(folder)), parts_(parts), log_(std::move(log)) {}
  [[nodiscard]] Manifest manifest_at(std::int64_t step) const;
  [[nodiscard]] Result<std::string> write_bundle(const std::filesystem::path& file,
                                                 std::int64_t step,
                                                 std::span<const TrainedParameter> parameters,
                                                 Storage storage) const;

  RunFolder folder_;
  Parts parts_;
  TrainingLog log_;
};

}  // namespace hilum::model::train
