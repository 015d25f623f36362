#include "model/lacaf_cuda.h"

#include <ATen/Context.h>

namespace hilum::model {
namespace {

using at::Tensor;

at::ScalarType tensor_type(Precision precision) {
  switch (precision) {
    case Precision::kBFloat16:
      return at::kBFloat16;
    case Precision::kFloat16:
      return at::kHalf;
    default:
      return at::kFloat;
  }
}

/// Convolution weights of the backbone in `type` and channels last; everything else as it is.
WeightTable cast_weights(const WeightTable& weights, at::ScalarType type) {
  WeightTable cast;
  for (const auto& [name, tensor] : weights) {
    const bool in_backbone = name.starts_with("backbone.");
    if (!in_backbone) {
      cast.emplace(name, tensor);
    } else if (tensor.dim() == 5) {
      cast.emplace(name, tensor.to(type).contiguous(at::MemoryFormat::ChannelsLast3d));
    } else {
      cast.emplace(name, tensor.to(type));
    }
  }
  return cast;
}

}  // namespace

LaCafCuda::LaCafCuda(const LaCafSize& size, const WeightTable& weights, Precision precision)
    : size_(size),
      cast_(cast_weights(weights, tensor_type(precision))),
      graph_(size, cast_),
      type_(tensor_type(precision)) {
  at::globalContext().setBenchmarkCuDNN(true);
}

/// All classes of a window at once: [K * 8, 8] x [8, voxels], then twice a batch of K small
/// products.
Tensor LaCafCuda::head(const Tensor& shallow, const Tensor& parameters) const {
  constexpr std::int64_t c = kHeadChannels;
  const std::int64_t classes = parameters.size(1);
  const std::int64_t w = shallow.size(2);
  std::vector<Tensor> windows;
  for (std::int64_t i = 0; i < shallow.size(0); ++i) {
    const Tensor features =
        graph_.head_input(shallow.narrow(0, i, 1).to(at::kFloat).contiguous()).view({c, w * w * w});
    const auto parts = parameters[i].split_with_sizes({c * c, c * c, c, c, c, 1}, 1);
    Tensor x = at::matmul(parts[0].reshape({classes * c, c}), features)
                   .view({classes, c, w * w * w})
                   .add_(parts[3].unsqueeze(2))
                   .relu_();
    x = at::baddbmm(parts[4].unsqueeze(2), parts[1].reshape({classes, c, c}), x).relu_();
    windows.push_back(at::baddbmm(parts[5].unsqueeze(2), parts[2].reshape({classes, 1, c}), x)
                          .view({1, classes, w, w, w}));
  }
  return at::cat(windows, 0);
}

Tensor LaCafCuda::run(const Tensor& windows, const LaCafGraph::Text& text) const {
  const LaCafGraph::Features features =
      graph_.backbone(windows.to(type_).contiguous(at::MemoryFormat::ChannelsLast3d));
  const Tensor deep = features.deep.to(at::kFloat).contiguous();
  return head(features.shallow, graph_.controller(graph_.image_feature(deep), text));
}

}  // namespace hilum::model
