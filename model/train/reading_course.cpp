#include "model/train/reading_course.h"

#include <algorithm>
#include <limits>

#include "model/train/reading.h"
#include "model/train/schedule.h"

namespace hilum::model::train {
namespace {

constexpr int kPhrasesBefore = 48;
constexpr int kPhrasesAlong = 24;
constexpr double kWeightAlong = 0.3;
constexpr double kRateBefore = 1e-3;
/// From which the codes of a tower that reads are taken: some 80 for each meaning, or more.
constexpr int kPhrasesForCodes = 1000;

}  // namespace

Result<ReadingCourse> ReadingCourse::begin(const Asking& asking, bool tower_reads,
                                           const TrainableNetwork& network) {
  if (!asking.by_prompts() || !tower_reads) return ReadingCourse(Codes::of_labels());
  constexpr auto kNeverTaught = std::numeric_limits<std::int64_t>::max();
  const auto lesson = asking.lesson(kNeverTaught, kPhrasesForCodes);
  if (!lesson) return lesson.error();
  return ReadingCourse(codes_as_read(network, *lesson));
}

Result<double> ReadingCourse::lesson_before(std::int64_t number, std::int64_t count,
                                            const Asking& asking, TrainableNetwork& network) const {
  const Schedule schedule{
      .peak = kRateBefore, .warm_up_steps = std::min<std::int64_t>(50, count), .steps = count};
  const auto lesson = asking.lesson(-1 - number, kPhrasesBefore);
  if (!lesson) return lesson.error();
  const double distance = add_reading_gradients(network, codes_, *lesson, 1.0);
  network.update({.number = number + 1, .learning_rate = schedule.rate(number)});
  return distance;
}

Status ReadingCourse::add_lesson_of_step(std::int64_t step, const Asking& asking,
                                         TrainableNetwork& network) const {
  const auto lesson = asking.lesson(step, kPhrasesAlong);
  if (!lesson) return lesson.error();
  add_reading_gradients(network, codes_, *lesson, kWeightAlong);
  return ok();
}

}  // namespace hilum::model::train
