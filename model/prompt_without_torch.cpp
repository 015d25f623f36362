#include "model/prompt.h"

namespace hilum::model {
namespace {

Error without_torch() {
  return {ErrorCode::kUnsupported,
          "cannot embed a prompt: this build has no LibTorch; use one with HILUM_WITH_TORCH"};
}

}  // namespace

Result<Reprompted> reprompt(const RepromptRequest& /*request*/) { return without_torch(); }

Result<ModelBundle> with_prompt(ModelBundle /*bundle*/, const std::string& /*label*/,
                                const std::string& /*prompt*/) {
  return without_torch();
}

Result<ModelBundle> with_classes(ModelBundle /*bundle*/, std::span<const ModelClass> /*classes*/) {
  return without_torch();
}

Result<std::string> reembed_prompts(const std::filesystem::path& /*bundle*/) {
  return without_torch();
}

}  // namespace hilum::model
