#include "model/train/run_results.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "model/train/curves.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::model::train {

Result<RunResults> RunResults::open(const RunFolder& folder, const Parts& parts,
                                    std::int64_t step) {
  std::vector<std::string> names;
  for (const ModelClass& one : parts.start.manifest.classes) names.push_back(one.segment.label);
  auto log = TrainingLog::open(folder.log(), std::move(names), step);
  if (!log) return std::move(log).error();
  return RunResults(folder, parts, std::move(*log));
}

Status RunResults::add_row(TrainingState& state, const RowFacts& facts) {
  const RowSums sums = std::exchange(state.row, {});
  state.row.dice.resize(sums.dice.size());
  const double windows_per_epoch =
      static_cast<double>(parts_.data.train->count()) * parts_.recipe.windows_per_volume;
  return log_.add(
      {.step = state.step,
       .epoch = static_cast<double>(state.step) * parts_.recipe.batch / windows_per_epoch,
       .learning_rate = facts.learning_rate,
       .loss = sums.loss / static_cast<double>(sums.steps),
       .train = dice_of(sums.dice),
       .validation = facts.validated ? dice_of(*facts.validated) : ClassDice(sums.dice.size()),
       .seconds = state.seconds,
       .waiting = sums.seconds > 0 ? sums.waiting_seconds / sums.seconds : 0});
}

std::string trained_version(std::string_view before, std::int64_t steps) {
  constexpr std::size_t kMostCharacters = 64;
  constexpr std::string_view kBegin = " +";
  constexpr std::string_view kEnd = " steps";
  while (before.ends_with(kEnd)) {
    const std::size_t begin = before.rfind(kBegin);
    if (begin == before.npos) break;
    const std::string_view count =
        before.substr(begin + kBegin.size(), before.size() - begin - kBegin.size() - kEnd.size());
    std::int64_t earlier = 0;
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), earlier);
    if (error != std::errc() || end != count.data() + count.size()) break;
    steps += earlier;
    before = before.substr(0, begin);
  }
  const std::string suffix = fmt::format(" +{} steps", steps);
  return std::string(before.substr(0, kMostCharacters - suffix.size())) + suffix;
}

Manifest RunResults::manifest_at(std::int64_t step) const {
  Manifest manifest = parts_.start.manifest;
  manifest.trained = true;
  manifest.version = trained_version(manifest.version, step);
  manifest.provenance["training"] =
      fmt::format("{} of {} steps of {} windows, learning rate {}, seed {}, precision {}", step,
                  parts_.recipe.steps, parts_.recipe.batch, parts_.recipe.learning_rate,
                  parts_.recipe.seed, to_string(parts_.recipe.precision));
  if (!parts_.run.program_version.empty()) {
    manifest.provenance["program"] = parts_.run.program_version;
  }
  manifest.provenance["training_data"] = parts_.data.train->description();
  return manifest;
}

Result<std::string> RunResults::write_bundle(const std::filesystem::path& file, std::int64_t step,
                                             std::span<const TrainedParameter> trained,
                                             Storage storage) const {
  std::vector<Parameter> parameters;
  for (const TrainedParameter& one : trained) parameters.push_back({one.shape, one.value});
  return save_network(file, parts_.start, manifest_at(step), parameters, storage);
}

Status RunResults::try_to_write(std::span<const TrainedParameter> parameters) const {
  std::filesystem::path trial = folder_.best();
  trial += ".trial";
  auto written = write_bundle(trial, parts_.recipe.steps, parameters, parts_.run.storage);
  std::error_code ignored;
  std::filesystem::remove(trial, ignored);
  if (!written) return std::move(written).error().in("what this run is to make cannot be saved");
  return ok();
}

Result<std::string> RunResults::write_best(std::int64_t step,
                                           std::span<const TrainedParameter> parameters) const {
  return write_bundle(folder_.best(), step, parameters, parts_.run.storage);
}

Status RunResults::write_checkpoint(const Checkpoint& checkpoint) const {
  auto saved =
      write_bundle(folder_.last(), checkpoint.state.step, checkpoint.parameters, Storage::kFloat32);
  if (!saved) return std::move(saved).error();
  const std::string svg = curves_svg(training_panels(log_));
  const auto bytes = std::as_bytes(std::span(svg));
  if (auto drawn = replace_file(folder_.curves(), std::span(&bytes, 1)); !drawn) return drawn;
  return save_checkpoint(folder_.checkpoint(), checkpoint);
}

}  // namespace hilum::model::train
