#include "model/lacaf_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>

namespace hilum::model {
namespace {

using Shape = std::vector<std::int64_t>;

class Table {
 public:
  void weight_and_bias(const std::string& layer, Shape weight) {
    const Shape bias{weight.front()};
    rows.push_back({layer + ".weight", std::move(weight)});
    rows.push_back({layer + ".bias", bias});
  }
  /// Convolution 3x3x3 with its normalisation.
  void conv(const std::string& block, std::int64_t in, std::int64_t out) {
    weight_and_bias(block + ".conv1", {out, in, 3, 3, 3});
    weight_and_bias(block + ".bn1", {out});
  }
  void two_convs(std::string_view block, std::int64_t in, std::int64_t middle, std::int64_t out) {
    conv(fmt::format("backbone.{}.ops.0", block), in, middle);
    conv(fmt::format("backbone.{}.ops.1", block), middle, out);
  }
  /// Transposed convolution `deep` -> `deep`, then two convolutions on concat(up, skip).
  void up(std::string_view block, std::int64_t deep, std::int64_t skip, std::int64_t out) {
    weight_and_bias(fmt::format("backbone.{}.up_conv", block), {deep, deep, 2, 2, 2});
    two_convs(block, deep + skip, out, out);
  }

  std::vector<ParameterShape> rows;
};

}  // namespace

std::vector<ParameterShape> lacaf_parameters(const LaCafSize& size) {
  const std::int64_t w = size.width;
  const std::int64_t bottleneck = size.window / kDownsampling;
  // The adapter's hidden layer has a quarter of its input: 12 -> 3 for the paper's window.
  const std::int64_t adapter_hidden = std::max<std::int64_t>(1, bottleneck / 4);

  Table table;
  table.rows.push_back({"organ_embedding", {size.classes, kTextFeatures}});
  const int adapters = size.text_adapter == TextAdapter::kShared ? 1 : size.classes;
  for (int k = 0; k < adapters; ++k) {
    const std::string adapter = text_adapter_name(size.text_adapter, k);
    table.weight_and_bias(adapter + ".D_fc1", {kTextAdapterHidden, kTextFeatures});
    table.weight_and_bias(adapter + ".D_fc2", {kFusedFeatures, kTextAdapterHidden});
  }
  table.two_convs("down_tr64", 1, w, 2 * w);
  table.two_convs("down_tr128", 2 * w, 2 * w, 4 * w);
  table.two_convs("down_tr256", 4 * w, 4 * w, 8 * w);
  table.two_convs("down_tr512", 8 * w, 8 * w, 16 * w);
  table.up("up_tr256", 16 * w, 8 * w, 8 * w);
  table.up("up_tr128", 8 * w, 4 * w, 4 * w);
  table.up("up_tr64", 4 * w, 2 * w, 2 * w);
  table.weight_and_bias("precls_conv.0", {2 * w});
  table.weight_and_bias("precls_conv.2", {kHeadChannels, 2 * w, 1, 1, 1});
  table.weight_and_bias("Feature_adapter1.0", {16 * w});
  if (size.pooling == Pooling::kAdapter) {
    table.weight_and_bias("Feature_adapter2.0.D_fc1", {adapter_hidden, bottleneck});
    table.weight_and_bias("Feature_adapter2.0.D_fc2", {1, adapter_hidden});
  }
  table.weight_and_bias("Feature_adapter3.0", {kFusedFeatures, 16 * w, 1, 1, 1});
  table.weight_and_bias("controller", {kHeadParameters, 2 * kFusedFeatures, 1, 1, 1});
  return std::move(table.rows);
}

std::string text_adapter_name(TextAdapter kind, int k) {
  return kind == TextAdapter::kShared ? "txtAdapter" : fmt::format("txtAdapter.{}", k);
}

int group_count(int channels) {
  constexpr int kReferenceGroups = 16;
  return std::gcd(kReferenceGroups, channels);
}

}  // namespace hilum::model
