#include "model/import/embed_prompts.h"

namespace hilum::model {

Result<std::vector<float>> embed_prompts(TextTowerWeights, std::span<const std::string>) {
  return Error{ErrorCode::kUnsupported,
               "cannot run CLIP's text tower: this program was built without LibTorch; import "
               "without --clip, with the text features of the checkpoint or of --embeddings"};
}

}  // namespace hilum::model
