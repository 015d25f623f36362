#include "model/train/trainer.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "model/sides.h"
#include "model/torch_guard.h"
#include "model/train/asking.h"
#include "model/train/device_setup.h"
#include "model/train/reading_course.h"
#include "model/train/run_results.h"
#include "model/train/schedule.h"
#include "model/train/validation.h"

namespace hilum::model::train {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

/// What each label becomes in a mirrored window; itself where nothing is mirrored.
Result<std::vector<int>> partners_for(const Recipe& recipe, std::span<const ModelClass> classes,
                                      int labels) {
  if (recipe.augmentation.mirror_probability > 0) {
    if (labels == std::ssize(classes)) return mirror_partners(classes);
    return Error{ErrorCode::kUnsupported,
                 "cannot mirror volumes that label more than the classes (synthetic ones): train "
                 "without mirroring"};
  }
  std::vector<int> same(static_cast<std::size_t>(labels));
  std::iota(same.begin(), same.end(), 0);
  return same;
}

Schedule schedule_for(const Recipe& recipe, int volumes) {
  const std::int64_t windows = std::int64_t{volumes} * recipe.windows_per_volume;
  const std::int64_t steps_per_epoch = (windows + recipe.batch - 1) / recipe.batch;
  return {.peak = recipe.learning_rate,
          .warm_up_steps =
              recipe.warm_up_steps.value_or(default_warm_up(recipe.steps, steps_per_epoch)),
          .steps = recipe.steps};
}

/// One run from its first or its next step to its end.
class Trainer {
 public:
  Trainer(const NetworkStart& start, const TrainData& data, const Recipe& recipe,
          const RunOptions& run, const TrainControl& control)
      : start_(start), data_(data), recipe_(recipe), run_(run), control_(control) {}

  Result<TrainSummary> operator()() {
    if (auto ready = prepare(); !ready) return std::move(ready).error();
    if (auto read = learn_to_read(); !read) return std::move(read).error();
    if (auto done = all_steps(); !done) return std::move(done).error();
    summary_.step = state_.step;
    summary_.best_step = state_.best_step;
    if (state_.best_score >= 0) summary_.best_validation = state_.best_score;
    summary_.seconds = seconds_since(began_);
    summary_.waiting = waiting_share();
    return std::move(summary_);
  }

 private:
  Status prepare();
  Status resume();
  Status learn_to_read();
  Status all_steps();
  Result<StepResult> step(const Batch& batch);
  Result<StepResult> gradients(const Batch& batch, const Query& query);
  Status embed_classes();
  Status after_step(const StepResult& result);
  Status keep_if_best(const DiceCounts& counts);
  Status keep_as_best();
  Status write_checkpoint();
  void report(const StepResult& result, std::optional<std::string> notice = {}) const;

  [[nodiscard]] StepSettings settings() const {
    return {.edge = start_.manifest.window, .threshold = start_.manifest.threshold};
  }
  [[nodiscard]] bool at_end() const { return state_.step >= recipe_.steps; }
  [[nodiscard]] double waiting_share() const {
    const double seconds = seconds_since(began_);
    return seconds > 0 ? waiting_seconds_ / seconds : 0;
  }

  const NetworkStart& start_;
  const TrainData& data_;
  const Recipe& recipe_;
  const RunOptions& run_;
  const TrainControl& control_;

  // Constant after `prepare`.
  RunFolder folder_;
  RunConfig config_;
  Schedule schedule_;
  std::vector<int> partners_;
  std::optional<Asking> asking_;

  std::optional<ReadingCourse> reading_;

  std::optional<TrainableNetwork> network_;
  std::optional<RunResults> results_;
  MemoryPlan plan_;
  TrainingState state_;
  TrainSummary summary_;
  std::optional<double> latest_validation_;
  steady_clock::time_point began_ = steady_clock::now();
  steady_clock::time_point checkpointed_ = began_;
  double waiting_seconds_ = 0;
};

Status Trainer::prepare() {
  if (auto checked = check_options(start_, recipe_, run_); !checked) return checked;
  auto partners = partners_for(recipe_, start_.manifest.classes, data_.train->labels());
  if (!partners) return std::move(partners).error();
  partners_ = std::move(*partners);
  auto asking = Asking::make(start_, recipe_.seed);
  if (!asking) return std::move(asking).error();
  asking_.emplace(std::move(*asking));
  schedule_ = schedule_for(recipe_, data_.train->count());
  plan_ = run_.memory;
  plan_.windows_at_once = std::min(plan_.windows_at_once, recipe_.batch);
  state_.row.dice.resize(start_.manifest.classes.size());

  // The device before the folder: a run that cannot start leaves nothing behind.
  auto made = guarded("prepare training", [&]() -> Status {
    auto device = set_up_device(run_.device, recipe_.precision, run_.threads);
    if (!device) return std::move(device).error();
    network_.emplace(start_.manifest.size(), start_.parameters,
                     TrainableNetwork::Options{.device = device->device,
                                               .precision = device->precision,
                                               .frozen = recipe_.frozen,
                                               .optimizer = {.weight_decay = recipe_.weight_decay},
                                               .text = start_.text,
                                               .tower = start_.tower});
    summary_.device = device->text();
    auto reading = ReadingCourse::begin(*asking_, start_.tower_reads, *network_);
    if (!reading) return std::move(reading).error();
    reading_.emplace(std::move(*reading));
    return ok();
  });
  if (!made) return made;
  folder_ = {.root = run_.out};
  config_ = run_config(start_, data_, recipe_, run_);
  if (auto opened = open_run_folder(folder_, config_); !opened) return opened;
  if (auto resumed = resume(); !resumed) return resumed;
  auto results = RunResults::open(
      folder_, {.start = start_, .data = data_, .recipe = recipe_, .run = run_}, state_.step);
  if (!results) return std::move(results).error();
  results_.emplace(std::move(*results));
  return state_.step == 0 ? results_->try_to_write(network_->state()) : ok();
}

Status Trainer::resume() {
  std::error_code error;
  if (!std::filesystem::exists(folder_.checkpoint(), error)) return ok();
  auto checkpoint = load_checkpoint(
      folder_.checkpoint(), {.parameters = network_shapes(start_.manifest.size(), start_.tower),
                             .classes = start_.manifest.size().classes});
  if (!checkpoint) return std::move(checkpoint).error();
  if (checkpoint->run != config_.digest) {
    return Error{ErrorCode::kConflict,
                 fmt::format("{} is of another run than {}: train into another folder",
                             folder_.checkpoint().string(), folder_.config().string())};
  }
  state_ = std::move(checkpoint->state);
  summary_.first_step = state_.step;
  return guarded("restore a checkpoint", [&]() -> Status {
    network_->restore(checkpoint->parameters);
    return ok();
  });
}

/// Before the first step: the tower reads phrases alone, which costs little, so that the network
/// does not have to wait for words to mean something. Not repeated by a run that goes on.
Status Trainer::learn_to_read() {
  if (!network_->tower_learns()) return ok();
  if (state_.step > 0 || summary_.first_step > 0) return ok();
  for (std::int64_t i = 0; i < recipe_.reading_steps; ++i) {
    const auto distance = guarded("teach the text tower to read", [&] {
      return reading_->lesson_before(i, recipe_.reading_steps, *asking_, *network_);
    });
    if (!distance) return distance.error();
    if (control_.progress) {
      control_.progress({.step = i + 1,
                         .steps = recipe_.reading_steps,
                         .loss = *distance,
                         .reading = true,
                         .dice = {},
                         .validation = {},
                         .notice = {}});
    }
    if (control_.stop.stop_requested()) {
      // Without a checkpoint: what comes next begins anew and ends the same.
      summary_.end = TrainSummary::End::kStopped;
      return ok();
    }
  }
  return guarded("begin training", [&]() -> Status {
    network_->clear_moments();
    return ok();
  });
}

/// The text features that the bundle stores follow the tower.
Status Trainer::embed_classes() {
  if (!asking_->by_prompts()) return ok();
  return guarded("embed the classes' prompts", [&]() -> Status {
    network_->embed_classes(asking_->class_prompts());
    return ok();
  });
}

Status Trainer::all_steps() {
  if (at_end() || summary_.end == TrainSummary::End::kStopped) return ok();
  WindowLoader loader(data_.train, {.seed = recipe_.seed,
                                    .batch = recipe_.batch,
                                    .windows_per_volume = recipe_.windows_per_volume,
                                    .edge = start_.manifest.window,
                                    .augmentation = recipe_.augmentation,
                                    .partners = partners_,
                                    .pool = recipe_.pool,
                                    .threads = run_.loaders,
                                    .first_step = state_.step});
  while (!at_end()) {
    const auto asked = steady_clock::now();
    auto batch = loader.next();
    if (!batch) return std::move(batch).error();
    const double waited = seconds_since(asked);
    auto result = step(*batch);
    if (!result) return std::move(result).error();
    const double seconds = seconds_since(asked);
    waiting_seconds_ += waited;
    state_.row.waiting_seconds += waited;
    state_.row.seconds += seconds;
    state_.seconds += seconds;
    if (auto written = after_step(*result); !written) return written;
    if (control_.stop.stop_requested() && !at_end()) {
      summary_.end = TrainSummary::End::kStopped;
      return write_checkpoint();
    }
  }
  return ok();
}

/// Loss and gradients of a batch; when memory is short, again in a way that needs less.
Result<StepResult> Trainer::gradients(const Batch& batch, const Query& query) {
  for (;;) {
    auto result = guarded("compute a step of training", [&]() -> Result<StepResult> {
      return add_gradients(*network_, batch, query, settings(), plan_);
    });
    if (result || result.error().code != ErrorCode::kNoSpace) return result;
    network_->clear_gradients();
    const auto smaller = smaller_plan(plan_);
    if (!smaller) {
      return Error{ErrorCode::kNoSpace,
                   fmt::format("{} even with one window at a time and recomputed activations: use "
                               "a smaller width or window, or a larger device",
                               result.error().message)};
    }
    plan_ = *smaller;
    report({}, fmt::format("memory is short: going on with {} windows at once and recomputed "
                           "activations",
                           plan_.windows_at_once));
  }
}

Result<StepResult> Trainer::step(const Batch& batch) {
  const auto query = asking_->of_step(state_.step);
  if (!query) return query.error();
  auto result = gradients(batch, *query);
  if (!result) return result;
  result->dice = asking_->per_class(*query, result->dice);
  if (!std::isfinite(result->loss)) {
    return Error{
        ErrorCode::kInternal,
        fmt::format("training went astray: the loss of step {} is {}. Use a lower learning "
                    "rate than {}; the last checkpoint is kept",
                    state_.step + 1, result->loss, recipe_.learning_rate)};
  }
  return guarded("update the weights", [&]() -> Result<StepResult> {
    if (network_->tower_learns()) {
      auto read = reading_->add_lesson_of_step(state_.step, *asking_, *network_);
      if (!read) return std::move(read).error();
    }
    network_->update({.number = state_.step + 1, .learning_rate = schedule_.rate(state_.step)});
    return result;
  });
}

Status Trainer::after_step(const StepResult& result) {
  ++state_.step;
  ++state_.row.steps;
  state_.row.loss += result.loss;
  add(state_.row.dice, result.dice);
  report(result);

  std::optional<DiceCounts> validated;
  if (data_.validation && (at_end() || state_.step % recipe_.validate_every == 0)) {
    const auto began = steady_clock::now();
    if (auto embedded = embed_classes(); !embedded) return embedded;
    auto counts = validate(*network_, *data_.validation,
                           {.windows_per_volume = recipe_.validation_windows,
                            .loaders = run_.loaders,
                            .classes = asking_->classes(),
                            .settings = settings()});
    state_.seconds += seconds_since(began);
    if (!counts) return std::move(counts).error();
    if (auto kept = keep_if_best(*counts); !kept) return kept;
    validated = std::move(*counts);
  }
  if (at_end() || validated || state_.step % run_.log_every == 0) {
    const double rate = schedule_.rate(state_.step - 1);
    auto added = results_->add_row(state_, {.learning_rate = rate, .validated = validated});
    if (!added) return added;
  }
  if (at_end() && state_.best_score < 0) {
    // There was nothing to choose by.
    if (auto kept = keep_as_best(); !kept) return kept;
  }
  const bool due = state_.step % run_.checkpoint_every == 0 ||
                   steady_clock::now() - checkpointed_ >= run_.checkpoint_interval;
  return at_end() || due ? write_checkpoint() : ok();
}

Status Trainer::keep_if_best(const DiceCounts& counts) {
  latest_validation_ = mean_of(dice_of(counts));
  if (!latest_validation_ || *latest_validation_ <= state_.best_score) return ok();
  state_.best_score = *latest_validation_;
  return keep_as_best();
}

Status Trainer::keep_as_best() {
  if (auto embedded = embed_classes(); !embedded) return embedded;
  auto saved = results_->write_best(state_.step, network_->state());
  if (!saved) return std::move(saved).error();
  summary_.best_sha256 = std::move(*saved);
  state_.best_step = state_.step;
  return ok();
}

Status Trainer::write_checkpoint() {
  checkpointed_ = steady_clock::now();
  if (auto embedded = embed_classes(); !embedded) return embedded;
  return results_->write_checkpoint(
      {.run = config_.digest, .state = state_, .parameters = network_->state()});
}

void Trainer::report(const StepResult& result, std::optional<std::string> notice) const {
  if (!control_.progress) return;
  control_.progress({.first_step = summary_.first_step,
                     .step = state_.step,
                     .steps = recipe_.steps,
                     .loss = result.loss,
                     .dice = mean_of(dice_of(state_.row.dice)),
                     .validation = latest_validation_,
                     .waiting = waiting_share(),
                     .notice = std::move(notice)});
}

}  // namespace

Result<TrainSummary> run_training(const NetworkStart& start, const TrainData& data,
                                  const Recipe& recipe, const RunOptions& run,
                                  const TrainControl& control) {
  return Trainer(start, data, recipe, run, control)();
}

}  // namespace hilum::model::train
