#include "model/lacaf_graph.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace hilum::model {
namespace {

using at::Tensor;

constexpr double kNormEpsilon = 1e-5;

}  // namespace

const Tensor& LaCafGraph::weight(const std::string& name) const { return weights_.at(name); }

Tensor LaCafGraph::linear(const Tensor& x, const std::string& layer) const {
  return at::linear(x, weight(layer + ".weight"), weight(layer + ".bias"));
}

/// A 1x1x1 convolution applied to vectors: a matrix product.
Tensor LaCafGraph::pointwise(const Tensor& x, const std::string& layer) const {
  return at::linear(x, weight(layer + ".weight").flatten(1), weight(layer + ".bias"));
}

Tensor LaCafGraph::conv_block(const Tensor& x, const std::string& block) const {
  const Tensor y = at::conv3d(x, weight(block + ".conv1.weight"), weight(block + ".conv1.bias"),
                              /*stride=*/1, /*padding=*/1);
  // The reference's batch norm uses the statistics of its one-window batch even at inference,
  // which is instance norm.
  return at::relu(at::instance_norm(y, weight(block + ".bn1.weight"), weight(block + ".bn1.bias"),
                                    {}, {}, /*use_input_stats=*/true, /*momentum=*/0, kNormEpsilon,
                                    /*cudnn_enabled=*/true));
}

Tensor LaCafGraph::two_convs(const Tensor& x, std::string_view block) const {
  return conv_block(conv_block(x, fmt::format("backbone.{}.ops.0", block)),
                    fmt::format("backbone.{}.ops.1", block));
}

/// Transposed convolution 2x2x2 with stride 2. Its outputs do not overlap, so it is a pointwise
/// convolution to 8 times the channels, laid out as 2x2x2 blocks: 20 times as fast on the CPU as
/// LibTorch's general `conv_transpose3d`.
Tensor LaCafGraph::up_conv(const Tensor& x, const std::string& layer) const {
  const Tensor& kernel = weight(layer + ".weight");  // [in, out, 2, 2, 2]
  if (!x.is_cpu()) return at::conv_transpose3d(x, kernel, weight(layer + ".bias"), /*stride=*/2);
  const std::int64_t in = kernel.size(0);
  const std::int64_t out = kernel.size(1);
  const std::int64_t batch = x.size(0);
  const std::int64_t n = x.size(2);
  const Tensor blocks =
      at::conv3d(x, kernel.flatten(1).t().contiguous().view({out * 8, in, 1, 1, 1}));
  return blocks.view({batch, out, 2, 2, 2, n, n, n})
      .permute({0, 1, 5, 2, 6, 3, 7, 4})
      .reshape({batch, out, 2 * n, 2 * n, 2 * n})
      .add(weight(layer + ".bias").view({1, out, 1, 1, 1}));
}

Tensor LaCafGraph::up(Tensor x, Tensor skip, std::string_view block) const {
  x = up_conv(x, fmt::format("backbone.{}.up_conv", block));
  x = at::cat({x, std::exchange(skip, {})}, 1);
  return two_convs(x, block);
}

Tensor LaCafGraph::group_norm_relu(const Tensor& x, const std::string& layer) const {
  return at::relu(at::group_norm(x, group_count(static_cast<int>(x.size(1))),
                                 weight(layer + ".weight"), weight(layer + ".bias"), kNormEpsilon));
}

LaCafGraph::Features LaCafGraph::backbone(const Tensor& windows) const {
  Tensor skip64 = two_convs(windows, "down_tr64");
  Tensor skip128 = two_convs(at::max_pool3d(skip64, 2), "down_tr128");
  Tensor skip256 = two_convs(at::max_pool3d(skip128, 2), "down_tr256");
  const Tensor deep = two_convs(at::max_pool3d(skip256, 2), "down_tr512");
  Tensor x = up(deep, std::move(skip256), "up_tr256");
  x = up(std::move(x), std::move(skip128), "up_tr128");
  x = up(std::move(x), std::move(skip64), "up_tr64");
  return {.deep = deep, .shallow = x};
}

Tensor LaCafGraph::adapted_text(const Tensor& embedding) const {
  if (size_.text_adapter == TextAdapter::kShared) {
    const std::string adapter = text_adapter_name(size_.text_adapter, 0);
    return at::relu(linear(at::gelu(linear(embedding, adapter + ".D_fc1")), adapter + ".D_fc2"));
  }
  std::vector<Tensor> rows;
  for (int k = 0; k < size_.classes; ++k) {
    const std::string adapter = text_adapter_name(size_.text_adapter, k);
    const Tensor hidden = at::gelu(linear(embedding[k], adapter + ".D_fc1"));
    rows.push_back(linear(hidden, adapter + ".D_fc2"));
  }
  return at::relu(at::stack(rows));
}

LaCafGraph::Text LaCafGraph::text(const Tensor& embedding) const {
  const Tensor adapted = adapted_text(embedding);
  if (size_.fusion == Fusion::kConcatenation) {
    return {.adapted = adapted,
            .attention = at::ones({adapted.size(0), 1}, adapted.options().requires_grad(false))};
  }
  Tensor similarity = at::matmul(adapted, adapted.t());
  if (adapted.size(0) > 1) {
    const Tensor low = similarity.min();
    similarity = (similarity - low) / (similarity.max() - low);
  }
  // Every class attends to the same image feature f, so its share is the row's sum times f.
  return {.adapted = adapted, .attention = similarity.sum(1, /*keepdim=*/true)};
}

Tensor LaCafGraph::image_feature(const Tensor& deep) const {
  Tensor x = group_norm_relu(deep, "Feature_adapter1.0");
  if (size_.pooling == Pooling::kAverage) {
    return pointwise(x.mean({2, 3, 4}), "Feature_adapter3.0");  // never negative: no ReLU needed
  }
  for (int axis = 0; axis < 3; ++axis) {
    const Tensor hidden = at::gelu(linear(x, "Feature_adapter2.0.D_fc1"));
    x = linear(hidden, "Feature_adapter2.0.D_fc2").squeeze(-1);
  }
  return pointwise(at::relu(x), "Feature_adapter3.0");
}

Tensor LaCafGraph::controller(const Tensor& feature, const Text& text) const {
  const std::int64_t batch = feature.size(0);
  const std::int64_t classes = text.adapted.size(0);
  const Tensor attended = text.attention.unsqueeze(0) * feature.unsqueeze(1);  // [N, K, 256]
  return pointwise(at::cat({attended, text.adapted.unsqueeze(0).expand({batch, -1, -1})}, 2)
                       .view({batch * classes, 2 * kFusedFeatures}),
                   "controller")
      .view({batch, classes, kHeadParameters});
}

Tensor LaCafGraph::head_input(const Tensor& shallow) const {
  return at::conv3d(group_norm_relu(shallow, "precls_conv.0"), weight("precls_conv.2.weight"),
                    weight("precls_conv.2.bias"));
}

/// Per window and class 8 -> 8 -> 8 -> 1, one after the other, so that only one class's hidden
/// layers exist at a time.
Tensor LaCafGraph::head(const Tensor& input, const Tensor& parameters) const {
  constexpr std::int64_t c = kHeadChannels;
  std::vector<Tensor> windows;
  for (std::int64_t i = 0; i < input.size(0); ++i) {
    const Tensor features = input.narrow(0, i, 1);
    std::vector<Tensor> logits;
    for (std::int64_t k = 0; k < parameters.size(1); ++k) {
      const auto parts = parameters[i][k].split_with_sizes({c * c, c * c, c, c, c, 1});
      Tensor x = at::relu(at::conv3d(features, parts[0].view({c, c, 1, 1, 1}), parts[3]));
      x = at::relu(at::conv3d(x, parts[1].view({c, c, 1, 1, 1}), parts[4]));
      logits.push_back(at::conv3d(x, parts[2].view({1, c, 1, 1, 1}), parts[5]));
    }
    windows.push_back(at::cat(logits, 1));
  }
  return at::cat(windows, 0);
}

Tensor LaCafGraph::forward(const Tensor& windows, const Tensor& embedding) const {
  const Features features = backbone(windows);
  const Tensor parameters = controller(image_feature(features.deep), text(embedding));
  return head(head_input(features.shallow), parameters);
}

}  // namespace hilum::model
