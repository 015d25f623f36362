#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "model/lacaf_parameters.h"
#include "model/train/cpu_channels.h"
#include "model/train/cpu_ops.h"
#include "model/train/train_kernels.h"

namespace hilum::model::train {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The voxel head of one window.
struct HeadNumbers {
  HeadNumbers(const Tensor& features, const Tensor& weight, const Tensor& bias,
              const Tensor& parameters, std::int64_t window)
      : scale(static_cast<std::size_t>(features.size(1)), 1.0F), shift(scale.size(), 0.0F) {
    head = {.channels = static_cast<int>(features.size(1)),
            .classes = static_cast<int>(parameters.size(1)),
            .scale = scale,
            .shift = shift,
            .weight = span_of(weight),
            .bias = span_of(bias),
            .parameters = span_of(parameters[window])};
  }
  static std::span<const float> span_of(const Tensor& x) {
    return {x.data_ptr<float>(), static_cast<std::size_t>(x.numel())};
  }
  std::vector<float> scale;
  std::vector<float> shift;
  VoxelHead head;
};

/// Voxels of a window that are computed together; fixed, so that sums do not depend on threads.
constexpr std::int64_t kPart = 1 << 13;

/// Calls `body(part, first voxel, count)` for all parts of a window.
template <class Body>
void for_each_part(std::int64_t voxels, const Body& body) {
  for_each((voxels + kPart - 1) / kPart, [&](std::int64_t part) {
    body(part, part * kPart, std::min(kPart, voxels - part * kPart));
  });
}

struct HeadFunction : torch::autograd::Function<HeadFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& features, const Tensor& weight,
                        const Tensor& bias, const Tensor& parameters) {
    const std::int64_t voxels = features.stride(1);
    std::vector<std::int64_t> shape = features.sizes().vec();
    shape[1] = parameters.size(1);
    Tensor logits = at::empty(shape, features.options().dtype(at::kFloat));
    with_type(features.scalar_type(), [&]<class T>(T) {
      for (std::int64_t window = 0; window < features.size(0); ++window) {
        const HeadNumbers numbers(features, weight, bias, parameters, window);
        const T* first = channel<T>(features, window * features.size(1));
        float* out = channel<float>(logits, window * parameters.size(1));
        for_each_part(voxels, [&](std::int64_t, std::int64_t start, std::int64_t count) {
          head_logits<T>(numbers.head, first + start, static_cast<std::size_t>(voxels),
                         static_cast<std::size_t>(count), out + start);
        });
      }
    });
    context->save_for_backward({features, weight, bias, parameters});
    return logits;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& features = saved[0];
    const Tensor gradient = gradients[0].contiguous();
    Tensor of_features = at::empty_like(features);
    Tensor of_weight = at::zeros_like(saved[1]);
    Tensor of_bias = at::zeros_like(saved[2]);
    Tensor of_parameters = at::zeros_like(saved[3]);
    with_type(features.scalar_type(), [&]<class T>(T) {
      for (std::int64_t window = 0; window < features.size(0); ++window) {
        const Tensor sums = window_gradient<T>(saved, gradient, window, of_features);
        const auto split = sums.split_with_sizes(
            {of_weight.numel(), of_bias.numel(), of_parameters[window].numel()});
        of_weight.add_(split[0].view_as(of_weight));
        of_bias.add_(split[1]);
        of_parameters[window].add_(split[2].view_as(of_parameters[window]));
      }
    });
    return {of_features, of_weight, of_bias, of_parameters};
  }

  /// Gradients of weight, bias and the window's parameters, one behind the other.
  template <class T>
  static Tensor window_gradient(const variable_list& saved, const Tensor& gradient,
                                std::int64_t window, Tensor& of_features) {
    const Tensor& features = saved[0];
    const std::int64_t voxels = features.stride(1);
    const HeadNumbers numbers(features, saved[1], saved[2], saved[3], window);
    const auto weights = static_cast<std::size_t>(saved[1].numel());
    const auto parameters = numbers.head.parameters.size();
    const std::int64_t first = window * features.size(1);
    const float* of_logits = channel<float>(gradient, window * gradient.size(1));
    Tensor sums = at::zeros({(voxels + kPart - 1) / kPart,
                             static_cast<std::int64_t>(weights + kHeadChannels + parameters)},
                            at::kFloat);
    for_each_part(voxels, [&](std::int64_t part, std::int64_t start, std::int64_t count) {
      float* to = sums.data_ptr<float>() + part * sums.stride(0);
      head_gradient<T>(numbers.head, channel<T>(features, first) + start, of_logits + start,
                       static_cast<std::size_t>(voxels), static_cast<std::size_t>(count),
                       {.weight = {to, weights},
                        .bias = {to + weights, kHeadChannels},
                        .parameters = {to + weights + kHeadChannels, parameters}},
                       channel<T>(of_features, first) + start);
    });
    return sums.sum(0);
  }
};

}  // namespace

Tensor voxel_head(const Tensor& features, const Tensor& weight, const Tensor& bias,
                  const Tensor& parameters) {
  return HeadFunction::apply(features.contiguous(), weight, bias, parameters.contiguous());
}

}  // namespace hilum::model::train
