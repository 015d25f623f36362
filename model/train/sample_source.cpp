#include "model/train/sample_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace hilum::model::train {

Status finish_sample(Sample& sample, int classes) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("cannot train on {}: {}", sample.name, what)};
  };
  const std::size_t voxels = voxel_count(sample.size);
  if (sample.image.size() != voxels || sample.label.size() != voxels || voxels == 0 ||
      voxels > std::numeric_limits<std::uint32_t>::max()) {
    return wrong(fmt::format("{} values and {} labels for {} x {} x {} voxels", sample.image.size(),
                             sample.label.size(), sample.size[0], sample.size[1], sample.size[2]));
  }
  const auto class_count = static_cast<std::ptrdiff_t>(classes);
  if (std::ssize(sample.labelled) < class_count ||
      std::count(sample.labelled.begin(), sample.labelled.begin() + class_count, 1) == 0) {
    return wrong("no class is labelled");
  }
  sample.vessels.clear();
  for (std::size_t i = 0; i < voxels; ++i) {
    const int label = sample.label[i];
    if (label == 0) continue;
    if (label > std::ssize(sample.labelled)) {
      return wrong(
          fmt::format("its labels contain the value {}, but the model has classes 1 to {} "
                      "(0 is background); renumber them or use a model with that class",
                      label, classes));
    }
    // Windows are not centred on neighbours, nor on vessels that teach nothing.
    if (label > classes || sample.labelled[static_cast<std::size_t>(label) - 1] == 0) continue;
    sample.vessels.push_back(static_cast<std::uint32_t>(i));
  }
  return ok();
}

}  // namespace hilum::model::train
