#include "model/train/codes.h"

#include <fmt/format.h>

#include <cmath>

#include "model/bundle.h"
#include "model/generated_weights.h"

namespace hilum::model::train {

Codes::Code Codes::of(LabelSet meaning) const {
  if (const auto found = means_.find(meaning); found != means_.end()) return found->second;
  constexpr double kScale = 0.5;  // about the size of CLIP's features
  Code code(kTextFeatures, 0);
  int labels = 0;
  for (int value = 1; value < 32; ++value) {
    if ((meaning & label_set(value)) == 0) continue;
    ++labels;
    const auto numbers = generated_numbers(fmt::format("meaning {}", value), code.size());
    for (std::size_t i = 0; i < code.size(); ++i) code[i] += static_cast<float>(numbers[i]);
  }
  const auto scale = static_cast<float>(kScale / std::sqrt(labels));
  for (float& number : code) number *= scale;
  return code;
}

}  // namespace hilum::model::train
