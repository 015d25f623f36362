#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/import/state_dict.h"
#include "model/text_tower_parameters.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// Who named the tensors of a CLIP file.
enum class ClipNames { kOpenAi, kHuggingFace };
std::string_view to_string(ClipNames names);

/// The text tower of a CLIP model.
struct ClipText {
  ClipNames names = ClipNames::kOpenAi;
  TextTowerSize size;
  std::vector<Parameter> parameters;   ///< `text_tower_parameters(size)`, in that order
  std::map<std::string, int> ignored;  ///< kind -> tensors: the image tower and the like
  std::size_t elements = 0;            ///< of `parameters`
};

/// Takes the text tower out of `dict`. Hugging Face's names (`text_model.*`) are translated: its
/// separate q, k, v become `in_proj` [3 * width, width], its `text_projection.weight` [output,
/// width] is transposed. kInvalidInput names every missing, surplus and misshapen tensor, under the
/// names of the file, in one message.
Result<ClipText> take_clip_text(StateDict& dict);

}  // namespace hilum::model
