#include "model/train/run_results.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "model/train/curves.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::model::train {

Result<RunResults> RunResults::open(const RunFolder& folder, const NetworkStart& start,
                                    const TrainData& data, const Recipe& recipe,
                                    std::int64_t step) {
  std::vector<std::string> names;
  for (const ModelClass& one : start.manifest.classes) names.push_back(one.segment.label);
  auto log = TrainingLog::open(folder.log(), std::move(names), step);
  if (!log) return std::move(log).error();
  return RunResults(folder, start, data, recipe, std::move(*log));
}

Status RunResults::add_row(TrainingState& state, const RowFacts& facts) {
  const RowSums sums = std::exchange(state.row, {});
  state.row.dice.resize(sums.dice.size());
  const double windows_per_epoch =
      static_cast<double>(data_.train->count()) * recipe_.windows_per_volume;
  return log_.add(
      {.step = state.step,
       .epoch = static_cast<double>(state.step) * recipe_.batch / windows_per_epoch,
       .learning_rate = facts.learning_rate,
       .loss = sums.loss / static_cast<double>(sums.steps),
       .train = dice_of(sums.dice),
       .validation = facts.validated ? dice_of(*facts.validated) : ClassDice(sums.dice.size()),
       .seconds = state.seconds,
       .waiting = sums.seconds > 0 ? sums.waiting_seconds / sums.seconds : 0});
}

Manifest RunResults::manifest_at(std::int64_t step) const {
  Manifest manifest = start_.manifest;
  manifest.trained = true;
  constexpr std::size_t kMostCharacters = 64;
  const std::string suffix = fmt::format(" +{} steps", step);
  manifest.version = manifest.version.substr(0, kMostCharacters - suffix.size()) + suffix;
  manifest.provenance["training"] = fmt::format(
      "{} of {} steps of {} windows, learning rate {}, seed {}, precision {}", step, recipe_.steps,
      recipe_.batch, recipe_.learning_rate, recipe_.seed, to_string(recipe_.precision));
  manifest.provenance["training_data"] = data_.train->description();
  return manifest;
}

Result<std::string> RunResults::write_bundle(const std::filesystem::path& file, std::int64_t step,
                                             std::span<const TrainedParameter> trained) const {
  std::vector<Parameter> parameters;
  for (const TrainedParameter& one : trained) parameters.push_back({one.shape, one.value});
  return save_network(file, start_, manifest_at(step), parameters);
}

Result<std::string> RunResults::write_best(std::int64_t step,
                                           std::span<const TrainedParameter> parameters) const {
  return write_bundle(folder_.best(), step, parameters);
}

Status RunResults::write_checkpoint(const Checkpoint& checkpoint) const {
  auto saved = write_bundle(folder_.last(), checkpoint.state.step, checkpoint.parameters);
  if (!saved) return std::move(saved).error();
  const std::string svg = curves_svg(training_panels(log_));
  const auto bytes = std::as_bytes(std::span(svg));
  if (auto drawn = replace_file(folder_.curves(), std::span(&bytes, 1)); !drawn) return drawn;
  return save_checkpoint(folder_.checkpoint(), checkpoint);
}

}  // namespace hilum::model::train
