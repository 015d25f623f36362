#include "model/import/state_dict.h"

namespace hilum::model {

Result<std::unique_ptr<StateDict>> open_torchscript(const std::filesystem::path& file) {
  return Error{ErrorCode::kUnsupported,
               "cannot load the TorchScript archive " + file.string() +
                   ": this program was built without LibTorch; use model.safetensors instead"};
}

}  // namespace hilum::model
