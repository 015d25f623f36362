#include "model/import/lacaf_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "model/import/complaints.h"
#include "model/import/ignored_names.h"
#include "model/safetensors.h"

namespace hilum::model {
namespace {

constexpr const char* kTextFeaturesName = "organ_embedding";
constexpr const char* kFirstConvolution = "backbone.down_tr64.ops.0.conv1.weight";
constexpr const char* kPoolingAdapter = "Feature_adapter2.0.D_fc1.weight";
// Far beyond what a bundle may have; keeps what is computed from a file's numbers small.
constexpr std::int64_t kMaxWidth = 256;
constexpr std::int64_t kMaxBottleneck = 32;
constexpr int kMaxClasses = 254;

using Where = IgnoredNames::Where;
/// Tensors of reference checkpoints that its forward pass never reads. Running statistics: the
/// reference normalises with its one-window batch at inference too (README.md).
constexpr std::array kIgnored{
    IgnoredNames{Where::kBack, ".running_mean", "running statistics"},
    IgnoredNames{Where::kBack, ".running_var", "running statistics"},
    IgnoredNames{Where::kBack, ".num_batches_tracked", "running statistics"},
    IgnoredNames{Where::kFront, "imgAdapter.", "imgAdapter"},
    IgnoredNames{Where::kFront, "GAP.", "GAP"},
    IgnoredNames{Where::kFront, "norm.", "norm"},
    IgnoredNames{Where::kFront, "attn.", "attn"},
    IgnoredNames{Where::kFront, "controller_256.", "controller_256"},
    IgnoredNames{Where::kFront, "controller_1024.", "controller_1024"},
    IgnoredNames{Where::kFront, "text_to_vision.", "text_to_vision"},
};

/// A dimension that tells a size.
struct Wanted {
  const char* name;
  std::size_t dimensions;
  std::size_t index;  ///< of the dimension that is asked for
  std::int64_t limit;
};

/// The dimension, or 0 and a complaint.
int dimension(const StateDict& dict, const Wanted& wanted, Complaints& complaints) {
  const auto found = dict.tensors().find(wanted.name);
  if (found == dict.tensors().end()) {
    complaints.add(fmt::format("'{}' is missing", wanted.name));
    return 0;
  }
  const auto& shape = found->second.shape;
  if (shape.size() != wanted.dimensions || shape[wanted.index] < 1 ||
      shape[wanted.index] > wanted.limit) {
    complaints.add(fmt::format(
        "'{}' has shape {}, expected are {} dimensions with 1..{} in place "
        "{}",
        wanted.name, shape_text(shape), wanted.dimensions, wanted.limit, wanted.index + 1));
    return 0;
  }
  return static_cast<int>(shape[wanted.index]);
}

std::string adapter_tensor(TextAdapter kind, int k) {
  return text_adapter_name(kind, k) + ".D_fc1.weight";
}

/// One past the last class that has a text adapter: a gap is found as a missing tensor later.
int count_classes(const StateDict& dict) {
  int classes = 0;
  for (int k = 0; k < kMaxClasses; ++k) {
    if (dict.tensors().contains(adapter_tensor(TextAdapter::kPerClass, k))) classes = k + 1;
  }
  return classes;
}

/// With one adapter for all classes, their number is in the text features alone.
int classes_of_features(const StateDict& dict, Complaints& complaints) {
  const auto found = dict.tensors().find(kTextFeaturesName);
  if (found != dict.tensors().end() && !found->second.shape.empty() &&
      found->second.shape[0] >= 1 && found->second.shape[0] <= kMaxClasses) {
    return static_cast<int>(found->second.shape[0]);
  }
  complaints.add(
      fmt::format("'{}' is missing or misshapen, and nothing else tells the number of "
                  "classes",
                  kTextFeaturesName));
  return 0;
}

Result<LaCafSize> size_of(const StateDict& dict) {
  Complaints complaints;
  LaCafSize size;
  size.width = dimension(dict, {kFirstConvolution, 5, 0, kMaxWidth}, complaints);
  size.window =
      kDownsampling * dimension(dict, {kPoolingAdapter, 2, 1, kMaxBottleneck}, complaints);
  size.classes = count_classes(dict);
  if (dict.tensors().contains(adapter_tensor(TextAdapter::kShared, 0))) {
    size.text_adapter = TextAdapter::kShared;
    size.classes = classes_of_features(dict, complaints);
  } else if (size.classes == 0) {
    complaints.add(fmt::format("'{}' is missing", adapter_tensor(TextAdapter::kPerClass, 0)));
  }
  auto status = complaints.status("this is no state dict of LA-CAF");
  if (!status) return std::move(status).error();
  return size;
}

bool features_fit(const std::vector<std::int64_t>& shape, std::int64_t classes) {
  using Shape = std::vector<std::int64_t>;
  return shape == Shape{classes, kTextFeatures} || shape == Shape{classes, 1, kTextFeatures};
}

/// Every tensor of the file is wanted, known to be unused, or surplus.
Status check_names(const StateDict& dict, const LaCafSize& size, LaCafWeights& weights) {
  Complaints complaints;
  std::set<std::string> wanted{kTextFeaturesName};
  for (const auto& [name, shape] : lacaf_parameters(size)) {
    if (name == kTextFeaturesName) continue;
    complaints.expect(dict, name, shape);
    wanted.insert(name);
  }
  for (const auto& [name, info] : dict.tensors()) {
    if (name == kTextFeaturesName && !features_fit(info.shape, size.classes)) {
      complaints.add(fmt::format("'{}' has shape {} instead of [{}, {}]", name,
                                 shape_text(info.shape), size.classes, kTextFeatures));
    }
    if (wanted.contains(name)) continue;
    const auto kind = ignored_kind(kIgnored, name);
    if (kind.empty()) {
      complaints.surplus(name);
    } else {
      ++weights.ignored[std::string(kind)];
    }
  }
  return complaints.status(
      fmt::format("tensors do not fit a network of width {} with {} classes "
                  "and window {}",
                  size.width, size.classes, size.window));
}

}  // namespace

Result<LaCafWeights> take_lacaf(StateDict& dict) {
  auto size = size_of(dict);
  if (!size) return std::move(size).error();
  LaCafWeights weights;
  weights.size = *size;
  if (auto fits = check_names(dict, *size, weights); !fits) return std::move(fits).error();
  for (auto& shape : lacaf_parameters(*size)) {
    const bool features = shape.name == kTextFeaturesName;
    if (features && !dict.tensors().contains(shape.name)) continue;
    auto values = dict.floats(shape.name);
    if (!values) return std::move(values).error();
    if (features) {
      weights.text_features = *std::move(values);
      continue;
    }
    weights.elements += values->size();
    weights.parameters.push_back({.shape = std::move(shape), .values = *std::move(values)});
  }
  return weights;
}

}  // namespace hilum::model
