#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "model/train/trainer.h"
#include "pipeline/domain/result.h"

namespace hilum::admin {

/// What `hilum model train` was asked for.
struct TrainCommand {
  std::filesystem::path recipe_file;
  std::filesystem::path data;
  int phantoms = 0;              ///< synthetic volumes instead of `data`
  std::uint64_t first_seed = 1;  ///< of them
  int validation_phantoms = 8;
  std::filesystem::path from;
  std::filesystem::path text_from;
  std::string text = "frozen";
  std::string side = "network";
  std::string fusion = "attention";
  std::string pooling = "adapter";
  int width = 32;
  int window = 96;
  std::optional<double> learning_rate;
  std::optional<std::int64_t> warm_up_steps;
  double cache_gib = 8;
  std::string precision = "auto";
  std::string memory = "auto";
  int windows_at_once = 0;
  std::string store = "float32";
  model::train::Recipe recipe;
  model::train::RunOptions run;
};

/// Adds all options to the subcommand; they are written into `command`, which must outlive it.
void add_train_options(CLI::App& app, TrainCommand& command);

/// Reads the recipe file, if any, and sets what of recipe and run follows from several options.
/// kInvalidInput for an unknown precision and for options that contradict each other; errors of
/// `apply_recipe_file`.
Status complete(CLI::App& app, TrainCommand& command);

}  // namespace hilum::admin
