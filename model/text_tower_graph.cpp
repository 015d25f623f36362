#include "model/text_tower_graph.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <vector>

namespace hilum::model {
namespace {

using at::Tensor;

constexpr double kNormEpsilon = 1e-5;
constexpr double kQuickGelu = 1.702;

/// [L, L] summands that keep a position from looking ahead.
Tensor causal_mask(std::int64_t length, const at::TensorOptions& options) {
  return at::full({length, length}, -std::numeric_limits<float>::infinity(), options).triu(1);
}

}  // namespace

const Tensor& TextTowerGraph::weight(const std::string& name) const {
  return weights_.at(prefix_ + name);
}

Tensor TextTowerGraph::linear(const Tensor& x, const std::string& layer) const {
  return at::linear(x, weight(layer + ".weight"), weight(layer + ".bias"));
}

Tensor TextTowerGraph::layer_norm(const Tensor& x, const std::string& layer) const {
  return at::layer_norm(x, {size_.width}, weight(layer + ".weight"), weight(layer + ".bias"),
                        kNormEpsilon);
}

Tensor TextTowerGraph::attention(const Tensor& x, const std::string& block,
                                 const Tensor& mask) const {
  const std::int64_t batch = x.size(0);
  const std::int64_t length = x.size(1);
  const std::int64_t head_width = TextTowerSize::kHeadWidth;
  const Tensor qkv =
      at::linear(x, weight(block + ".attn.in_proj_weight"), weight(block + ".attn.in_proj_bias"));
  // [3, N, heads, L, head_width]
  const Tensor parts =
      qkv.view({batch, length, 3, size_.heads(), head_width}).permute({2, 0, 3, 1, 4});
  const Tensor query = parts[0] / std::sqrt(static_cast<double>(head_width));
  const Tensor scores = at::matmul(query, parts[1].transpose(-2, -1)) + mask;
  const Tensor heads = at::matmul(scores.softmax(-1), parts[2]);
  return linear(heads.transpose(1, 2).reshape({batch, length, size_.width}),
                block + ".attn.out_proj");
}

Tensor TextTowerGraph::mlp(const Tensor& x, const std::string& block) const {
  const Tensor hidden = linear(x, block + ".mlp.c_fc");
  return linear(hidden * at::sigmoid(hidden * kQuickGelu), block + ".mlp.c_proj");
}

Tensor TextTowerGraph::forward(const Tensor& tokens) const {
  const std::int64_t length = tokens.size(1);
  Tensor x = at::embedding(weight("token_embedding.weight"), tokens) +
             weight("positional_embedding").narrow(0, 0, length);
  const Tensor mask = causal_mask(length, x.options().requires_grad(false));
  for (int i = 0; i < size_.layers; ++i) {
    const std::string block = fmt::format("transformer.resblocks.{}", i);
    x = x + attention(layer_norm(x, block + ".ln_1"), block, mask);
    x = x + mlp(layer_norm(x, block + ".ln_2"), block);
  }
  x = layer_norm(x, "ln_final");
  const Tensor rows = at::arange(tokens.size(0), tokens.options());
  const Tensor ends = tokens.argmax(1);
  return at::matmul(x.index({rows, ends}), weight("text_projection"));
}

}  // namespace hilum::model
