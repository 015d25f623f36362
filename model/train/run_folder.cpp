#include "model/train/run_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <system_error>

#include "model/train/schedule.h"
#include "pipeline/domain/durable_file.h"
#include "pipeline/domain/sha256.h"

namespace hilum::model::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// config.json is ours, but somebody may have put anything in its place.
constexpr std::uintmax_t kMaxConfigBytes = std::uintmax_t{1} << 20;

std::string weights_digest(const NetworkStart& start) {
  Sha256 sha;
  for (const Parameter& parameter : start.parameters) {
    sha.update(fmt::format("{} {}\n", parameter.shape.name, parameter.values.size()));
    sha.update(std::as_bytes(std::span(parameter.values)));
  }
  return Sha256::hex(sha.finish());
}

/// Everything that decides the resulting weights.
json deciding(const NetworkStart& start, const TrainData& data, const Recipe& recipe) {
  return {{"network", json::parse(canonical_json(start.manifest))},
          {"initial_weights_sha256", weights_digest(start)},
          {"training_data", data.train->identity()},
          {"validation_data", data.validation ? data.validation->identity() : "none"},
          {"steps", recipe.steps},
          {"batch", recipe.batch},
          {"learning_rate", recipe.learning_rate},
          {"weight_decay", recipe.weight_decay},
          {"warm_up_steps", recipe.warm_up_steps ? json(*recipe.warm_up_steps) : json("default")},
          {"seed", recipe.seed},
          {"windows_per_volume", recipe.windows_per_volume},
          {"pool_slots", recipe.pool.slots},
          {"pool_rounds", recipe.pool.rounds},
          {"text", to_string(start.text)},
          {"reading_steps", recipe.reading_steps},
          {"rotate_probability", recipe.augmentation.rotate_probability},
          {"shift_probability", recipe.augmentation.shift_probability},
          {"shift_limit", recipe.augmentation.shift_limit},
          {"mirror_probability", recipe.augmentation.mirror_probability},
          {"frozen", recipe.frozen},
          {"precision", to_string(recipe.precision)},
          {"validate_every", recipe.validate_every},
          {"validation_windows", recipe.validation_windows}};
}

json read_config(const fs::path& file) {
  std::error_code error;
  if (fs::file_size(file, error) > kMaxConfigBytes || error) return {};
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  json read = json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  return read.is_object() ? read : json();
}

/// "steps (500, now 1000)" for every setting that differs.
std::vector<std::string> differences(const json& before, const json& now) {
  std::vector<std::string> found;
  for (const auto& [key, value] : now.items()) {
    const auto old = before.find(key);
    if (old != before.end() && *old == value) continue;
    const bool short_enough = !value.is_object() && !(old != before.end() && old->is_object());
    found.push_back(short_enough
                        ? fmt::format("{} ({}, now {})", key,
                                      old == before.end() ? "absent" : old->dump(), value.dump())
                        : key);
  }
  return found;
}

Error out_of_range(std::string_view option, std::string_view allowed) {
  return {ErrorCode::kInvalidInput, fmt::format("cannot train: {} must be {}", option, allowed)};
}

/// A misspelt name would freeze nothing and nobody would notice.
Status check_frozen(const Recipe& recipe, std::span<const Parameter> parameters) {
  for (const std::string& beginning : recipe.frozen) {
    const bool known = std::ranges::any_of(parameters, [&](const Parameter& parameter) {
      return parameter.shape.name.starts_with(beginning);
    });
    if (known && !beginning.empty()) continue;
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("cannot freeze '{}': no parameter's name begins so; names are like "
                             "backbone.down_tr64.ops.0.conv1.weight",
                             beginning)};
  }
  return ok();
}

}  // namespace

RunConfig run_config(const NetworkStart& start, const TrainData& data, const Recipe& recipe,
                     const RunOptions& run) {
  const json fixed = deciding(start, data, recipe);
  const json all{{"decides_the_weights", fixed},
                 {"program_version", run.program_version},
                 {"device", run.device},
                 {"threads", run.threads},
                 {"loaders", run.loaders},
                 {"log_every", run.log_every},
                 {"checkpoint_every", run.checkpoint_every}};
  return {.json = all.dump(2) + "\n", .digest = Sha256::hex(Sha256::of(fixed.dump()))};
}

Status open_run_folder(const RunFolder& folder, const RunConfig& config) {
  std::error_code error;
  fs::create_directories(folder.root, error);
  if (error) {
    return Error{ErrorCode::kInvalidInput, fmt::format("cannot create {} to train in: {}",
                                                       folder.root.string(), error.message())};
  }
  if (fs::exists(folder.checkpoint(), error)) {
    const auto before = read_config(folder.config()).value("decides_the_weights", json::object());
    const auto now = json::parse(config.json).at("decides_the_weights");
    if (const auto differing = differences(before, now); !differing.empty()) {
      return Error{ErrorCode::kConflict,
                   fmt::format("{} holds another run; it differs in {}. Give the same settings to "
                               "go on with it, or train into another folder",
                               folder.root.string(), fmt::join(differing, ", "))};
    }
  }
  const auto bytes = std::as_bytes(std::span(config.json));
  return replace_file(folder.config(), std::span(&bytes, 1));
}

Status check_options(const NetworkStart& start, const Recipe& recipe, const RunOptions& run) {
  constexpr std::int64_t kMostSteps = 1'000'000'000;
  constexpr int kMostWindows = 1024;
  const auto within = [](auto value, auto low, auto high) { return value >= low && value <= high; };
  const AugmentationOptions& augmentation = recipe.augmentation;
  if (!within(recipe.steps, 1, kMostSteps)) return out_of_range("steps", "1 to 1e9");
  if (!within(recipe.batch, 1, kMostWindows)) return out_of_range("batch", "1 to 1024");
  if (!within(recipe.learning_rate, 1e-12, 10.0)) return out_of_range("learning rate", "1e-12..10");
  if (!within(recipe.weight_decay, 0.0, 1.0)) return out_of_range("weight decay", "0..1");
  if (!within(recipe.windows_per_volume, 1, kMostWindows)) {
    return out_of_range("windows per volume", "1 to 1024");
  }
  if (!within(recipe.pool.slots, 0, 1'000'000) || !within(recipe.pool.rounds, 1, 1'000'000)) {
    return out_of_range("slots and rounds of the pool", "0 and 1 to 1e6");
  }
  if (!within(recipe.reading_steps, 0, kMostSteps))
    return out_of_range("reading steps", "0 to 1e9");
  if (recipe.warm_up_steps && !within(*recipe.warm_up_steps, 0, recipe.steps)) {
    return out_of_range("warm-up", fmt::format("0 to the number of steps, {}", recipe.steps));
  }
  for (const double p : {augmentation.rotate_probability, augmentation.shift_probability,
                         augmentation.mirror_probability, augmentation.shift_limit}) {
    if (!within(p, 0.0, 1.0)) return out_of_range("every probability and limit", "0..1");
  }
  if (recipe.validate_every < 1 || run.log_every < 1 || run.checkpoint_every < 1) {
    return out_of_range("steps between validations, log lines and checkpoints", "at least 1");
  }
  if (!within(recipe.validation_windows, 1, kMostWindows)) {
    return out_of_range("validation windows", "1 to 1024");
  }
  if (!within(run.loaders, 1, 64)) return out_of_range("loaders", "1 to 64");
  if (run.memory.windows_at_once < 1) return out_of_range("windows at once", "at least 1");
  return check_frozen(recipe, start.parameters);
}

}  // namespace hilum::model::train
