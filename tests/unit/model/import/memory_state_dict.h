#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/generated_weights.h"
#include "model/import/state_dict.h"
#include "model/lacaf_parameters.h"
#include "tests/unit/model/import/pickle_writer.h"

namespace hilum::test {

/// A state dict without a file.
class MemoryStateDict final : public model::StateDict {
 public:
  explicit MemoryStateDict(const std::vector<NamedTensor>& tensors) {
    for (const NamedTensor& tensor : tensors) add(tensor);
  }
  void add(const NamedTensor& tensor) {
    tensors_[tensor.name] = {model::ElementType::kF32, tensor.shape};
    values_[tensor.name] = tensor.values;
    file_bytes_ += tensor.values.size() * sizeof(float);
  }
  void remove(const std::string& name) { tensors_.erase(name); }

 private:
  Result<std::vector<float>> read(const std::string& name) override { return values_.at(name); }
  std::map<std::string, std::vector<float>> values_;
};

inline NamedTensor generated_tensor(const model::ParameterShape& shape) {
  return {shape.name, shape.shape, model::generated_parameter(shape.name, shape.shape)};
}

/// All tensors of a LA-CAF state dict with the golden cases' numbers.
inline std::vector<NamedTensor> generated_lacaf(const model::LaCafSize& size) {
  std::vector<NamedTensor> tensors;
  for (const auto& shape : model::lacaf_parameters(size)) {
    tensors.push_back(generated_tensor(shape));
    if (shape.name == "organ_embedding") {
      tensors.back().values = model::generated_text_features(size.classes);
    }
  }
  return tensors;
}

}  // namespace hilum::test
