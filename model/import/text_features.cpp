#include "model/import/text_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/import/torch_file.h"
#include "model/lacaf_parameters.h"
#include "model/safetensors.h"

namespace hilum::model {
namespace {

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

bool looks_like_features(const PickledTensor& tensor) {
  const auto& shape = tensor.shape;
  const bool flat = shape.size() == 2;
  const bool with_batch = shape.size() == 3 && shape[1] == 1;
  return (flat || with_batch) && shape.back() == kTextFeatures;
}

/// The one tensor that can be meant.
Result<PickledTensor> find_features(const PickleDocument& document) {
  if (const auto* tensor = document.as<PickledTensor>(document.root)) {
    if (looks_like_features(*tensor)) return *tensor;
    return invalid(fmt::format("its tensor has shape {} instead of [K, {}] or [K, 1, {}]",
                               shape_text(tensor->shape), kTextFeatures, kTextFeatures));
  }
  const auto* dict = document.as<PickledDict>(document.root);
  if (dict == nullptr) return invalid("it holds neither a tensor nor a dict");
  std::vector<const PickledTensor*> found;
  for (const auto& [key, value] : dict->items) {
    const auto* tensor = document.as<PickledTensor>(value);
    if (tensor != nullptr && looks_like_features(*tensor)) found.push_back(tensor);
  }
  if (found.size() == 1) return *found.front();
  return invalid(
      fmt::format("its dict holds {} tensors of shape [K, {}] or [K, 1, {}] instead of "
                  "one",
                  found.size(), kTextFeatures, kTextFeatures));
}

Result<std::vector<float>> features_of(TorchFile& file, int classes) {
  auto tensor = find_features(file.document());
  if (!tensor) return std::move(tensor).error();
  if (tensor->shape[0] != classes) {
    return invalid(fmt::format("its text features are of {} classes instead of {}",
                               tensor->shape[0], classes));
  }
  auto values = file.floats(*tensor);
  if (!values) return values;
  if (!std::ranges::all_of(*values, [](float value) { return std::isfinite(value); })) {
    return invalid("its text features are not all finite");
  }
  return values;
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

}  // namespace

Result<std::vector<float>> read_text_features(const std::filesystem::path& path, int classes) {
  auto file = TorchFile::open(path);
  if (!file) return std::move(file).error();
  auto features = features_of(*file, classes);
  if (!features) {
    return std::move(features).error().in(
        fmt::format("cannot use the text features of {}", path.string()));
  }
  return features;
}

std::vector<double> cosines(std::span<const float> a, std::span<const float> b) {
  std::vector<double> result;
  for (std::size_t at = 0; at + kTextFeatures <= std::min(a.size(), b.size());
       at += kTextFeatures) {
    const auto one = a.subspan(at, kTextFeatures);
    const auto other = b.subspan(at, kTextFeatures);
    const double length = std::sqrt(dot(one, one) * dot(other, other));
    result.push_back(length > 0 ? dot(one, other) / length : 0.0);
  }
  return result;
}

}  // namespace hilum::model
