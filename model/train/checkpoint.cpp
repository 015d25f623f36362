#include "model/train/checkpoint.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "model/json_fields.h"
#include "model/safetensors.h"

namespace hilum::model::train {
namespace {

using nlohmann::json;

constexpr const char* kMetadataKey = "hilum.training";
constexpr int kFormat = 1;

std::string value_name(const std::string& name) { return "value/" + name; }
std::string first_name(const std::string& name) { return "first/" + name; }
std::string second_name(const std::string& name) { return "second/" + name; }

std::string state_text(const Checkpoint& checkpoint) {
  const TrainingState& state = checkpoint.state;
  json dice = json::array();
  for (const DiceCount& count : state.row.dice) {
    dice.push_back({count.overlap, count.predicted, count.truth});
  }
  return json{{"format", kFormat},
              {"run", checkpoint.run},
              {"step", state.step},
              {"best_score", state.best_score},
              {"best_step", state.best_step},
              {"seconds", state.seconds},
              {"row_steps", state.row.steps},
              {"row_loss", state.row.loss},
              {"row_seconds", state.row.seconds},
              {"row_waiting_seconds", state.row.waiting_seconds},
              {"row_dice", dice}}
      .dump();
}

/// A count or a step: whole, not negative, and small enough for a double to hold it exactly.
std::int64_t count_field(JsonFields& fields, const char* key) {
  constexpr double kLargest = 0x1p53;
  const double value = fields.number(key);
  if (value >= 0 && value <= kLargest && value == std::floor(value)) {
    return static_cast<std::int64_t>(value);
  }
  fields.complain(fmt::format("'{}' is {}, not a count", key, value));
  return 0;
}

DiceCounts read_dice(JsonFields& fields, int classes) {
  const json& list = fields.member("row_dice");
  const auto expected = static_cast<std::size_t>(classes);
  DiceCounts counts(expected);
  const auto good = [](const json& one) {
    return one.is_array() && one.size() == 3 &&
           std::ranges::all_of(one, [](const json& n) { return n.is_number_integer(); });
  };
  if (!list.is_array() || list.size() != expected || !std::ranges::all_of(list, good)) {
    fields.complain(fmt::format("'row_dice' is not three counts for each of {} classes", classes));
    return counts;
  }
  for (std::size_t k = 0; k < expected; ++k) {
    counts[k] = {list[k][0].get<std::int64_t>(), list[k][1].get<std::int64_t>(),
                 list[k][2].get<std::int64_t>()};
  }
  return counts;
}

Status read_state(const std::string& text, int classes, Checkpoint& checkpoint) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::optional<Error> error;
  JsonFields fields(object, "state of training", error);
  TrainingState& state = checkpoint.state;
  if (const int format = fields.integer("format"); !error && format != kFormat) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("it is of format {}, this program knows {}", format, kFormat)};
  }
  checkpoint.run = fields.text("run");
  state.step = count_field(fields, "step");
  state.best_score = fields.number("best_score");
  state.best_step = count_field(fields, "best_step");
  state.seconds = fields.number("seconds");
  state.row.steps = count_field(fields, "row_steps");
  state.row.loss = fields.number("row_loss");
  state.row.seconds = fields.number("row_seconds");
  state.row.waiting_seconds = fields.number("row_waiting_seconds");
  state.row.dice = read_dice(fields, classes);
  fields.finish();
  if (error) return std::move(*error);
  return ok();
}

/// The values of a tensor of that shape.
Result<std::vector<float>> read_tensor(const SafetensorsFile& file, const std::string& name,
                                       const ParameterShape& expected) {
  const auto found = file.tensors().find(name);
  if (found != file.tensors().end() && found->second.shape != expected.shape) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("tensor '{}' has shape {} instead of {}", name,
                             shape_text(found->second.shape), shape_text(expected.shape))};
  }
  return file.values<float>(name);
}

Result<TrainedParameter> read_parameter(const SafetensorsFile& file, ParameterShape shape) {
  TrainedParameter parameter;
  auto value = read_tensor(file, value_name(shape.name), shape);
  if (!value) return std::move(value).error();
  parameter.value = std::move(*value);
  if (file.tensors().contains(first_name(shape.name))) {
    auto first = read_tensor(file, first_name(shape.name), shape);
    if (!first) return std::move(first).error();
    auto second = read_tensor(file, second_name(shape.name), shape);
    if (!second) return std::move(second).error();
    parameter.first = std::move(*first);
    parameter.second = std::move(*second);
  }
  parameter.shape = std::move(shape);
  return parameter;
}

Result<Checkpoint> read_checkpoint(const SafetensorsFile& file, CheckpointShape expected) {
  const auto found = file.metadata().find(kMetadataKey);
  if (found == file.metadata().end()) {
    return Error{ErrorCode::kInvalidInput, "it is not a checkpoint of training"};
  }
  Checkpoint checkpoint;
  if (auto read = read_state(found->second, expected.classes, checkpoint); !read) {
    return std::move(read).error();
  }
  for (ParameterShape& shape : expected.parameters) {
    auto parameter = read_parameter(file, std::move(shape));
    if (!parameter) return std::move(parameter).error();
    checkpoint.parameters.push_back(std::move(*parameter));
  }
  return checkpoint;
}

}  // namespace

Status save_checkpoint(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  std::vector<TensorToWrite> tensors;
  const auto add = [&](const std::string& name, const ParameterShape& shape,
                       const std::vector<float>& values) {
    tensors.push_back({.name = name,
                       .type = DType::kF32,
                       .shape = shape.shape,
                       .bytes = std::as_bytes(std::span(values))});
  };
  for (const TrainedParameter& parameter : checkpoint.parameters) {
    const std::string& name = parameter.shape.name;
    add(value_name(name), parameter.shape, parameter.value);
    if (parameter.first.empty()) continue;
    add(first_name(name), parameter.shape, parameter.first);
    add(second_name(name), parameter.shape, parameter.second);
  }
  return write_safetensors(file, tensors, {{kMetadataKey, state_text(checkpoint)}});
}

Result<Checkpoint> load_checkpoint(const std::filesystem::path& file, CheckpointShape shape) {
  auto stored = SafetensorsFile::read(file);
  if (!stored) return std::move(stored).error();
  auto checkpoint = read_checkpoint(*stored, std::move(shape));
  if (!checkpoint) {
    return std::move(checkpoint)
        .error()
        .in(fmt::format("cannot resume from {} (start over in another folder, or delete it)",
                        file.string()));
  }
  return checkpoint;
}

}  // namespace hilum::model::train
