#include "model/implausible_volumes.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace hilum::model {

std::vector<std::string> implausible_volumes(const LabelMap& labels,
                                             std::span<const ModelClass> classes) {
  std::array<std::uint64_t, 256> voxels{};
  for (const std::uint8_t label : labels.label) ++voxels[label];
  std::vector<std::string> sentences;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const auto& range = classes[k].volume_ml;
    if (!range) continue;
    const double ml = static_cast<double>(voxels[k + 1]) * labels.geometry.voxel_ml();
    if (ml >= range->least && ml <= range->most) continue;
    sentences.push_back(
        fmt::format("{}: {:.1f} mL, this model's results hold {:.1f} to {:.1f} mL: look at it",
                    classes[k].segment.label, ml, range->least, range->most));
  }
  return sentences;
}

}  // namespace hilum::model
