#pragma once

#include <filesystem>
#include <string>

#include "model/train/trainer.h"

namespace hilum::model::train {

/// The names of a run's files in one place.
struct RunFolder {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path config() const { return root / "config.json"; }
  [[nodiscard]] std::filesystem::path checkpoint() const { return root / "checkpoint.safetensors"; }
  [[nodiscard]] std::filesystem::path best() const { return root / "best.safetensors"; }
  [[nodiscard]] std::filesystem::path last() const { return root / "last.safetensors"; }
  [[nodiscard]] std::filesystem::path log() const { return root / "log.csv"; }
  [[nodiscard]] std::filesystem::path curves() const { return root / "curves.svg"; }
};

/// What is trained, as text.
struct RunConfig {
  std::string json;    ///< for people: config.json
  std::string digest;  ///< of everything in it that decides the resulting weights
};
RunConfig run_config(const NetworkStart& start, const TrainData& data, const Recipe& recipe,
                     const RunOptions& run);

/// Makes the folder, or checks that what it holds is this run: kConflict names the settings that
/// differ. Writes config.json.
Status open_run_folder(const RunFolder& folder, const RunConfig& config);

/// Checks every limit of the options and that every beginning in `frozen` is one; kInvalidInput
/// names the option.
Status check_options(const NetworkStart& start, const Recipe& recipe, const RunOptions& run);

}  // namespace hilum::model::train
