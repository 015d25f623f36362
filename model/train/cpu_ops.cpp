#include "model/train/cpu_ops.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <vector>

#include "model/train/cpu_channels.h"
#include "model/train/train_kernels.h"

namespace hilum::model::train {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double kNormEpsilon = 1e-5;

/// Mean and 1 / standard deviation of every channel's group, [N * C, 2] in double.
Tensor normalisation(const Tensor& x, std::int64_t groups) {
  std::vector<Moments> parts(static_cast<std::size_t>(channels_of(x)));
  with_type(x.scalar_type(), [&]<class T>(T) {
    for_each(channels_of(x), [&](std::int64_t i) {
      parts[static_cast<std::size_t>(i)] = moments<T>(values_of<T>(x, i));
    });
  });
  const auto per_group = static_cast<std::size_t>(x.size(1) / groups);
  Tensor all = at::empty({channels_of(x), 2}, at::kDouble);
  auto* row = all.data_ptr<double>();
  for (std::size_t i = 0; i < parts.size(); ++i, row += 2) {
    const Moments joint =
        joint_moments(std::span(parts).subspan(i / per_group * per_group, per_group));
    row[0] = joint.mean;
    row[1] = 1 / std::sqrt(joint.variance + kNormEpsilon);
  }
  return all;
}

/// A channel's normalisation with its weight and bias.
ScaleShift scale_shift(const double* mean_inverse, float weight, float bias) {
  const double scale = static_cast<double>(weight) * mean_inverse[1];
  return {.scale = static_cast<float>(scale),
          .shift = static_cast<float>(static_cast<double>(bias) - mean_inverse[0] * scale)};
}

/// Calls `body` with values of x's and the result's element types.
template <class Body>
void with_types(at::ScalarType x, at::ScalarType result, const Body& body) {
  if (x == at::kBFloat16) {
    body(BFloat16{}, BFloat16{});
  } else if (result == at::kBFloat16) {
    body(float{}, BFloat16{});
  } else {
    body(float{}, float{});
  }
}

struct NormRelu : torch::autograd::Function<NormRelu> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const Tensor& bias, const Tensor& removed, std::int64_t groups,
                        at::ScalarType type) {
    const Tensor stats = normalisation(x, groups);
    Tensor out = at::empty(x.sizes(), x.options().dtype(type));
    with_types(x.scalar_type(), type, [&]<class In, class Out>(In, Out) {
      for_each(channels_of(x), [&](std::int64_t i) {
        const std::int64_t c = i % x.size(1);
        scale_shift_relu_to<In, Out>(
            values_of<In>(x, i),
            scale_shift(stats.data_ptr<double>() + 2 * i, weight.data_ptr<float>()[c],
                        bias.data_ptr<float>()[c]),
            channel<Out>(out, i));
      });
    });
    context->save_for_backward({x, weight, bias, stats});
    context->saved_data["removed"] = removed.numel() > 0;
    context->saved_data["groups"] = groups;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const Tensor& stats = saved[3];
    const std::int64_t groups = context->saved_data["groups"].toInt();
    const Tensor gradient = gradients[0].contiguous();
    Tensor out = at::empty_like(x);
    Tensor sums = at::empty({channels_of(x), 2}, at::kDouble);
    with_types(x.scalar_type(), gradient.scalar_type(), [&]<class In, class Out>(In, Out) {
      const auto norm = [&](std::int64_t i) {
        return scale_shift(stats.data_ptr<double>() + 2 * i,
                           saved[1].data_ptr<float>()[i % x.size(1)],
                           saved[2].data_ptr<float>()[i % x.size(1)]);
      };
      for_each(channels_of(x), [&](std::int64_t i) {
        const auto mean = static_cast<float>(stats.data_ptr<double>()[2 * i]);
        const ReluSums found =
            relu_sums<In, Out>(values_of<In>(x, i), channel<Out>(gradient, i), norm(i), mean);
        sums.data_ptr<double>()[2 * i] = found.gradient;
        sums.data_ptr<double>()[2 * i + 1] = found.product;
      });
      const Tensor factors = input_factors(x, groups, saved[1], stats, sums);
      for_each(channels_of(x), [&](std::int64_t i) {
        const float* f = factors.data_ptr<float>() + 3 * i;
        norm_relu_gradient<In, Out>(values_of<In>(x, i), channel<Out>(gradient, i), norm(i),
                                    {.of_gradient = f[0], .of_value = f[1], .constant = f[2]},
                                    channel<In>(out, i));
      });
    });
    const Tensor per_window = sums.view({x.size(0), x.size(1), 2});
    const Tensor inverse = stats.select(1, 1).view({x.size(0), x.size(1)});
    return {out,
            (per_window.select(2, 1) * inverse).sum(0).to(at::kFloat),
            per_window.select(2, 0).sum(0).to(at::kFloat),
            context->saved_data["removed"].toBool() ? at::zeros_like(saved[1]) : Tensor(),
            Tensor(),
            Tensor()};
  }

  /// `NormGradient` of every channel, [N * C, 3]: with normalised values h and weight w, the
  /// gradient of a value is (w g - mean(w g) - h mean(w g h)) / standard deviation, the means over
  /// the group.
  static Tensor input_factors(const Tensor& x, std::int64_t groups, const Tensor& weight,
                              const Tensor& stats, const Tensor& sums) {
    const std::int64_t n = x.size(0);
    const std::int64_t c = x.size(1);
    const auto voxels = static_cast<double>(x.stride(1) * (c / groups));
    const Tensor mean = stats.select(1, 0).view({n, c});
    const Tensor inverse = stats.select(1, 1).view({n, c});
    const Tensor w = weight.to(at::kDouble).view({1, c});
    const auto over_group = [&](const Tensor& per_channel) {
      return (per_channel.view({n, groups, c / groups}).sum(2, /*keepdim=*/true) / voxels)
          .expand({n, groups, c / groups})
          .reshape({n, c});
    };
    const Tensor of_one = over_group(w * sums.select(1, 0).view({n, c}));
    const Tensor of_value = over_group(w * sums.select(1, 1).view({n, c}) * inverse);
    const Tensor slope = -inverse * inverse * of_value;
    return at::stack({w * inverse, slope, -inverse * of_one - slope * mean}, 2)
        .to(at::kFloat)
        .contiguous();
  }
};

struct MaxPool2 : torch::autograd::Function<MaxPool2> {
  static Tensor forward(AutogradContext* context, const Tensor& x) {
    const std::int64_t n = x.size(2) / 2;
    Tensor out = at::empty({x.size(0), x.size(1), n, n, n}, x.options());
    with_type(x.scalar_type(), [&]<class T>(T) {
      for_each(channels_of(x), [&](std::int64_t i) {
        model::max_pool_2<T>(channel<T>(x, i), channel<T>(out, i), static_cast<int>(n));
      });
    });
    context->save_for_backward({x});
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Tensor x = context->get_saved_variables()[0];
    const Tensor gradient = gradients[0].contiguous();
    Tensor out = at::empty_like(x);
    with_type(x.scalar_type(), [&]<class T>(T) {
      for_each(channels_of(x), [&](std::int64_t i) {
        max_pool_2_gradient<T>(channel<T>(x, i), channel<T>(gradient, i), channel<T>(out, i),
                               static_cast<int>(x.size(2) / 2));
      });
    });
    return {out};
  }
};

struct AddUpPhases : torch::autograd::Function<AddUpPhases> {
  static Tensor forward(AutogradContext* context, const Tensor& phases, const Tensor& border,
                        Tensor cube) {
    const std::int64_t channels = cube.size(1);
    with_type(cube.scalar_type(), [&]<class T>(T) {
      for_each(channels_of(cube), [&](std::int64_t i) {
        model::add_up_phases<T>(
            {.first = first_phase<T>(phases, i, channels),
             .phase_stride = static_cast<std::size_t>(channels * phases.stride(1)),
             .n = static_cast<int>(cube.size(2) / 2),
             .border = {border.data_ptr<float>() + i % channels * 27, 27}},
            channel<T>(cube, i));
      });
    });
    context->mark_dirty({cube});
    return cube;
  }

  static variable_list backward(AutogradContext*, const variable_list& gradients) {
    const Tensor cube = gradients[0].contiguous();
    const std::int64_t channels = cube.size(1);
    const std::int64_t n = cube.size(2) / 2;
    Tensor phases = at::zeros({cube.size(0), 8 * channels, n + 1, n + 1, n + 1}, cube.options());
    Tensor border = at::empty({cube.size(0), channels, 27}, at::kFloat);
    with_type(cube.scalar_type(), [&]<class T>(T) {
      for_each(channels_of(cube), [&](std::int64_t i) {
        gather_up_phases<T>(channel<T>(cube, i), first_phase<T>(phases, i, channels),
                            static_cast<std::size_t>(channels * phases.stride(1)),
                            static_cast<int>(n));
        border_gradient<T>(channel<T>(cube, i), static_cast<int>(2 * n),
                           std::span<float, 27>(border.data_ptr<float>() + i * 27, 27));
      });
    });
    return {phases, border.sum(0), cube};
  }

  /// Position (0, 0, 0) of the i-th of the N * C channels.
  template <class T>
  static T* first_phase(const Tensor& phases, std::int64_t i, std::int64_t channels) {
    return channel<T>(phases, i / channels * 8 * channels + i % channels);
  }
};

}  // namespace

Tensor norm_relu(const Tensor& x, const NormWeights& norm, std::int64_t groups,
                 at::ScalarType type) {
  // LibTorch does not take undefined tensors.
  const Tensor removed = norm.removed.defined() ? norm.removed : at::empty({0});
  return NormRelu::apply(x.contiguous(), norm.weight, norm.bias, removed, groups, type);
}

Tensor max_pool_2(const Tensor& x) { return MaxPool2::apply(x.contiguous()); }

Tensor add_up_phases(const Tensor& phases, const Tensor& border, Tensor cube) {
  return AddUpPhases::apply(phases.contiguous(), border.contiguous(), cube.contiguous());
}

}  // namespace hilum::model::train
