#include <fmt/format.h>
#include <torch/script.h>

#include <cstring>
#include <string>
#include <utility>

#include "model/import/file_kind.h"
#include "model/import/printable.h"
#include "model/import/state_dict.h"
#include "model/torch_guard.h"

namespace hilum::model {
namespace {

/// Whatever the type, `floats` gives float: the type is only told to people.
ElementType element_type(at::ScalarType type) {
  switch (type) {
    case at::kDouble:
      return ElementType::kF64;
    case at::kHalf:
      return ElementType::kF16;
    case at::kBFloat16:
      return ElementType::kBF16;
    case at::kLong:
      return ElementType::kI64;
    case at::kInt:
      return ElementType::kI32;
    default:
      return ElementType::kF32;
  }
}

class TorchScriptStateDict final : public StateDict {
 public:
  TorchScriptStateDict(const torch::jit::Module& module, std::uint64_t file_bytes) {
    file_bytes_ = file_bytes;
    // `named_attributes` would include scripted objects; the tensors are all that is wanted.
    for (const auto& item : module.named_parameters()) add(item.name, item.value);
    for (const auto& item : module.named_buffers()) add(item.name, item.value);
  }

 private:
  void add(const std::string& name, const at::Tensor& tensor) {
    tensors_.emplace(name, TensorInfo{element_type(tensor.scalar_type()), tensor.sizes().vec()});
    loaded_.emplace(name, tensor.detach());
  }
  Result<std::vector<float>> read(const std::string& name) override {
    return guarded("read it", [&]() -> Result<std::vector<float>> {
      const at::Tensor tensor = loaded_.at(name).to(at::kCPU, at::kFloat).contiguous();
      std::vector<float> values(static_cast<std::size_t>(tensor.numel()));
      if (!values.empty()) {
        std::memcpy(values.data(), tensor.data_ptr<float>(), values.size() * sizeof(float));
      }
      return values;
    });
  }

  std::map<std::string, at::Tensor> loaded_;
};

}  // namespace

Result<std::unique_ptr<StateDict>> open_torchscript(const std::filesystem::path& file) {
  auto kind = file_kind(file);  // also bounds the archive's entries
  if (!kind) return std::move(kind).error();
  if (*kind != FileKind::kTorchScript) {
    return wrong_kind(file, *kind, describe(FileKind::kTorchScript));
  }
  const auto what = fmt::format("load the TorchScript archive {}", file.string());
  return guarded(what, [&]() -> Result<std::unique_ptr<StateDict>> {
    // Published archives were traced on a GPU; their parameters load anywhere.
    const torch::jit::Module module = torch::jit::load(file.string(), at::kCPU);
    return std::unique_ptr<StateDict>(
        std::make_unique<TorchScriptStateDict>(module, std::filesystem::file_size(file)));
  });
}

}  // namespace hilum::model
