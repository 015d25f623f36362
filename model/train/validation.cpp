#include "model/train/validation.h"

#include "model/torch_guard.h"

namespace hilum::model::train {

Result<DiceCounts> validate(const TrainableNetwork& network, const SampleSource& source,
                            const ValidationOptions& options) {
  Prefetch<SamplePtr> samples(
      [&](std::int64_t i) -> Result<SamplePtr> {
        if (i >= source.count()) return SamplePtr();  // made ahead, never asked for
        return source.get(static_cast<int>(i));
      },
      {.threads = options.loaders, .ahead = options.loaders, .first = 0});
  DiceCounts counts(options.classes.targets.size());
  for (int i = 0; i < source.count(); ++i) {
    auto sample = samples.next();
    if (!sample) return std::move(sample).error();
    const Batch batch =
        validation_windows(**sample, i, options.windows_per_volume, options.settings.edge);
    auto more = guarded("validate", [&]() -> Result<DiceCounts> {
      return evaluate_windows(network, batch, options.classes, options.settings);
    });
    if (!more) return more;
    add(counts, *more);
  }
  return counts;
}

}  // namespace hilum::model::train
