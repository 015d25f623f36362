#pragma once

#include <cstdint>

#include "model/train/asking.h"
#include "model/train/codes.h"
#include "model/train/trainable_network.h"

namespace hilum::model::train {

/// What a run teaches its text tower, if that learns: lessons of its own before the first step, a
/// shorter one along with every step. Lesson and step are functions of the run's seed alone.
///
/// For .cpp files of this folder only; beside the errors named, throws c10::Error.
class ReadingCourse {
 public:
  /// A tower that reads already is held to what `network` says now, because that is what the
  /// network obeys: call it before a checkpoint is restored, so that a run that goes on is held to
  /// the same. Errors of `Asking::lesson`.
  static Result<ReadingCourse> begin(const Asking& asking, bool tower_reads,
                                     const TrainableNetwork& network);

  /// Lesson `number` (0, 1, ...) of `count` before the first step, with the update of the tower.
  /// Returns the distance from the meanings before it.
  Result<double> lesson_before(std::int64_t number, std::int64_t count, const Asking& asking,
                               TrainableNetwork& network) const;
  /// Adds the gradients of the lesson that goes with step `step`.
  Status add_lesson_of_step(std::int64_t step, const Asking& asking,
                            TrainableNetwork& network) const;

 private:
  explicit ReadingCourse(Codes codes) : codes_(std::move(codes)) {}
  Codes codes_;
};

}  // namespace hilum::model::train
