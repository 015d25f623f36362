#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "model/import/printable.h"
#include "model/import/state_dict.h"
#include "model/import/torch_file.h"

namespace hilum::model {
namespace {

/// Where training scripts put the state dict, in the order tried. `net` is LA-CAF's.
constexpr std::array<std::string_view, 3> kContainers{"net", "state_dict", "model"};
constexpr std::string_view kParallelPrefix = "module.";  ///< of torch.nn.DataParallel

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

using Tensors = std::map<std::string, PickledTensor>;

ValueId state_dict_of(const PickleDocument& document) {
  for (const auto key : kContainers) {
    const auto found = document.find(document.root, key);
    if (found && document.as<PickledDict>(*found) != nullptr) return *found;
  }
  return document.root;
}

Result<Tensors> named_tensors(const TorchFile& file) {
  const PickleDocument& document = file.document();
  const auto* dict = document.as<PickledDict>(state_dict_of(document));
  if (dict == nullptr) return invalid("it holds no dict of tensors");
  Tensors tensors;
  for (const auto& [key, value] : dict->items) {
    const auto* name = document.as<std::string>(key);
    if (name == nullptr) return invalid("its state dict has a key that is no string");
    const auto* tensor = document.as<PickledTensor>(value);
    if (tensor == nullptr) {
      return invalid(
          fmt::format("'{}' of its state dict is no tensor; expected is a state dict, "
                      "alone or as '{}'",
                      printable(*name), fmt::join(kContainers, "', '")));
    }
    if (auto there = file.check_storage(*tensor); !there) {
      // "tensor 'x' has ...": the name belongs in front of the complaint without a colon.
      return invalid(fmt::format("its tensor '{}' {}", printable(*name), there.error().message));
    }
    tensors.insert_or_assign(*name, *tensor);
  }
  if (tensors.empty()) return invalid("its state dict is empty");
  return tensors;
}

Tensors without_prefix(Tensors tensors) {
  const bool parallel = std::ranges::all_of(
      tensors, [](const auto& item) { return item.first.starts_with(kParallelPrefix); });
  if (!parallel) return tensors;
  Tensors result;
  for (auto& [name, tensor] : tensors) {
    result.emplace(name.substr(kParallelPrefix.size()), std::move(tensor));
  }
  return result;
}

class Checkpoint final : public StateDict {
 public:
  Checkpoint(TorchFile file, Tensors tensors)
      : file_(std::move(file)), pickled_(std::move(tensors)) {
    for (const auto& [name, tensor] : pickled_) {
      tensors_.emplace(name, TensorInfo{tensor.storage.type, tensor.shape});
    }
    file_bytes_ = file_.storage_bytes();
  }

 private:
  Result<std::vector<float>> read(const std::string& name) override {
    return file_.floats(pickled_.at(name));
  }

  TorchFile file_;
  Tensors pickled_;
};

}  // namespace

Result<std::unique_ptr<StateDict>> open_checkpoint(const std::filesystem::path& path) {
  auto file = TorchFile::open(path);
  if (!file) return std::move(file).error();
  auto tensors = named_tensors(*file);
  if (!tensors) {
    return std::move(tensors).error().in(fmt::format("cannot use {}", path.string()));
  }
  return std::unique_ptr<StateDict>(
      std::make_unique<Checkpoint>(*std::move(file), without_prefix(*std::move(tensors))));
}

}  // namespace hilum::model
