#include "model/lacaf_cpu.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "model/cpu_kernels.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for would run on one thread: compile with OpenMP"
#endif

namespace hilum::model {
namespace {

using at::Tensor;

constexpr double kNormEpsilon = 1e-5;
constexpr std::array kDown{"down_tr64", "down_tr128", "down_tr256", "down_tr512"};
constexpr std::array kUp{"up_tr256", "up_tr128", "up_tr64"};

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor flat = tensor.contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// The first element of channel `c` of [1, C, n, n, n].
template <class T>
T* channel(const Tensor& x, std::int64_t c) {
  return static_cast<T*>(x.data_ptr()) + c * x.stride(1);
}

/// Calls `body` with a value of the tensor's element type.
template <class Body>
void with_type(at::ScalarType type, const Body& body) {
  if (type == at::kBFloat16) {
    body(BFloat16{});
  } else {
    body(float{});
  }
}

void for_each_channel(std::int64_t channels, const std::function<void(std::int64_t)>& body) {
  at::parallel_for(0, channels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) body(c);
  });
}

Tensor conv(const Tensor& x, const Tensor& weight, std::int64_t padding) {
  return at::conv3d(x.to(weight.scalar_type()), weight, {}, /*stride=*/1, padding).contiguous();
}

/// The 2x2x2 kernels [8 * out, in, 2, 2, 2] that give what the transposed convolution `up`
/// [in, middle, 2, 2, 2] with stride 2 followed by the convolution `kernel` [out, middle, 3, 3, 3]
/// gives, one for each position within a 2x2x2 block.
///
/// Both together are a transposed convolution with a 4x4x4 kernel and stride 2, whose kernel is
/// `up` convolved with `kernel`. An output at position p (0 or 1) of block i reaches the inputs
/// i - 1 + p and i + p; its taps there are 3 - p and 1 - p of the four.
Tensor phase_weights(const Tensor& up, const Tensor& kernel) {
  // conv3d correlates, so tap t of the result meets input voxel t - 2 + r with kernel tap r.
  const Tensor joint = at::conv3d(up, kernel, {}, 1, /*padding=*/2);  // [in, out, 4, 4, 4]
  std::vector<Tensor> phases;
  for (std::int64_t x = 0; x < 2; ++x) {
    for (std::int64_t y = 0; y < 2; ++y) {
      for (std::int64_t z = 0; z < 2; ++z) {
        const auto taps = [](std::int64_t p) { return at::tensor({3 - p, 1 - p}, at::kLong); };
        phases.push_back(joint.index_select(2, taps(x))
                             .index_select(3, taps(y))
                             .index_select(4, taps(z))
                             .transpose(0, 1));
      }
    }
  }
  return at::cat(phases, 0).contiguous();
}

/// What the up-sampling's bias [middle] becomes behind `kernel` [out, middle, 3, 3, 3], [out][27]:
/// the same everywhere but at the border, where some taps meet the padding. As differences from
/// the inner value, which normalisation removes.
std::vector<float> border_of(const Tensor& bias, const Tensor& kernel) {
  const std::int64_t middle = bias.size(0);
  const Tensor cube = bias.view({1, middle, 1, 1, 1}).expand({1, middle, 3, 3, 3}).contiguous();
  const Tensor field = at::conv3d(cube, kernel, {}, 1, 1).flatten(2).squeeze(0);
  return to_vector(field - field.narrow(1, 13, 1));
}

struct ScaleShift {
  float scale;
  float shift;
};

ScaleShift scale_shift(double mean, double variance, float weight, float bias) {
  const double scale = static_cast<double>(weight) / std::sqrt(variance + kNormEpsilon);
  return {static_cast<float>(scale), static_cast<float>(static_cast<double>(bias) - mean * scale)};
}

}  // namespace

LaCafCpu::LaCafCpu(const LaCafSize& size, const WeightTable& weights, at::ScalarType type)
    : size_(size), weights_(weights), type_(type), graph_(size, weights) {
  for (std::size_t level = 0; level < kDown.size(); ++level) {
    for (std::size_t i = 0; i < 2; ++i) {
      down_[level][i] = conv_block(fmt::format("backbone.{}.ops.{}", kDown[level], i));
    }
  }
  for (std::size_t level = 0; level < kUp.size(); ++level) {
    up_[level] = up_block(fmt::format("backbone.{}", kUp[level]));
  }
  // The image keeps its precision: rounding it costs more than all later roundings together (half
  // of the mean difference of probabilities at w = 8), and one input channel costs nothing.
  down_[0][0].weight = weights_.at("backbone.down_tr64.ops.0.conv1.weight");
  head_norm_ = norm("precls_conv.0");
  head_weight_ = to_vector(weights_.at("precls_conv.2.weight"));
  head_bias_ = to_vector(weights_.at("precls_conv.2.bias"));
}

LaCafCpu::Norm LaCafCpu::norm(const std::string& layer) const {
  return {.weight = to_vector(weights_.at(layer + ".weight")),
          .bias = to_vector(weights_.at(layer + ".bias"))};
}

LaCafCpu::ConvBlock LaCafCpu::conv_block(const std::string& block) const {
  return {.weight = weights_.at(block + ".conv1.weight").to(type_), .norm = norm(block + ".bn1")};
}

LaCafCpu::UpBlock LaCafCpu::up_block(const std::string& block) const {
  const Tensor& up = weights_.at(block + ".up_conv.weight");
  const Tensor& kernel = weights_.at(block + ".ops.0.conv1.weight");
  const std::int64_t middle = up.size(1);
  const Tensor of_up = kernel.narrow(1, 0, middle).contiguous();
  const Tensor of_skip = kernel.narrow(1, middle, kernel.size(1) - middle).contiguous();
  return {.phase_weight = phase_weights(up, of_up).to(type_),
          .border = border_of(weights_.at(block + ".up_conv.bias"), of_up),
          .skip_weight = of_skip.to(type_),
          .norm = norm(block + ".ops.0.bn1"),
          .second = conv_block(block + ".ops.1")};
}

void LaCafCpu::normalise(Tensor& x, const Norm& norm) const {
  const auto voxels = static_cast<std::size_t>(x.stride(1));
  with_type(x.scalar_type(), [&]<class T>(T) {
    for_each_channel(x.size(1), [&](std::int64_t c) {
      const auto i = static_cast<std::size_t>(c);
      const std::span<T> values(channel<T>(x, c), voxels);
      const Moments m = moments<T>(std::span<const T>(values));
      const auto [scale, shift] = scale_shift(m.mean, m.variance, norm.weight[i], norm.bias[i]);
      scale_shift_relu<T>(values, scale, shift);
    });
  });
}

Tensor LaCafCpu::run_block(const Tensor& x, const ConvBlock& block) const {
  Tensor y = conv(x, block.weight, 1);
  normalise(y, block.norm);
  return y;
}

Tensor LaCafCpu::max_pool(const Tensor& x) const {
  const std::int64_t n = x.size(2) / 2;
  Tensor y = at::empty({1, x.size(1), n, n, n}, x.options());
  with_type(x.scalar_type(), [&]<class T>(T) {
    for_each_channel(x.size(1), [&](std::int64_t c) {
      max_pool_2<T>(channel<T>(x, c), channel<T>(y, c), static_cast<int>(n));
    });
  });
  return y;
}

void LaCafCpu::add_phases(const Tensor& phases, std::span<const float> border, Tensor& cube) const {
  const std::int64_t out = cube.size(1);
  with_type(cube.scalar_type(), [&]<class T>(T) {
    for_each_channel(out, [&](std::int64_t c) {
      add_up_phases<T>({.first = channel<T>(phases, c),
                        .phase_stride = static_cast<std::size_t>(out * phases.stride(1)),
                        .n = static_cast<int>(cube.size(2) / 2),
                        .border = border.subspan(static_cast<std::size_t>(c) * 27, 27)},
                       channel<T>(cube, c));
    });
  });
}

/// Takes its inputs by value so that they are freed before the last convolution needs memory.
Tensor LaCafCpu::run_up(Tensor x, Tensor skip, const UpBlock& block) const {
  Tensor phases = conv(std::exchange(x, {}), block.phase_weight, 1);
  Tensor y = conv(std::exchange(skip, {}), block.skip_weight, 1);
  add_phases(std::exchange(phases, {}), block.border, y);
  normalise(y, block.norm);
  return run_block(std::exchange(y, {}), block.second);
}

void LaCafCpu::run_head(const Tensor& features, const Tensor& parameters,
                        std::span<float> logits) const {
  const std::int64_t channels = features.size(1);
  const std::int64_t voxels = features.stride(1);
  const auto per_group =
      static_cast<std::size_t>(channels / group_count(static_cast<int>(channels)));
  const std::vector<float> numbers = to_vector(parameters);
  std::vector<Moments> of_channel(static_cast<std::size_t>(channels));
  std::vector<float> scale(of_channel.size());
  std::vector<float> shift(of_channel.size());
  with_type(features.scalar_type(), [&]<class T>(T) {
    for_each_channel(channels, [&](std::int64_t c) {
      of_channel[static_cast<std::size_t>(c)] =
          moments<T>(std::span<const T>(channel<T>(features, c), static_cast<std::size_t>(voxels)));
    });
    for (std::size_t c = 0; c < of_channel.size(); ++c) {
      const Moments m =
          joint_moments(std::span(of_channel).subspan(c / per_group * per_group, per_group));
      const auto [factor, summand] =
          scale_shift(m.mean, m.variance, head_norm_.weight[c], head_norm_.bias[c]);
      scale[c] = factor;
      shift[c] = summand;
    }
    const VoxelHead head{.channels = static_cast<int>(channels),
                         .classes = static_cast<int>(parameters.size(0)),
                         .scale = scale,
                         .shift = shift,
                         .weight = head_weight_,
                         .bias = head_bias_,
                         .parameters = numbers};
    constexpr std::int64_t kGrain = 1 << 13;
    at::parallel_for(0, voxels, kGrain, [&](std::int64_t begin, std::int64_t end) {
      head_logits<T>(head, channel<T>(features, 0) + begin, static_cast<std::size_t>(voxels),
                     static_cast<std::size_t>(end - begin), logits.data() + begin);
    });
  });
}

void LaCafCpu::run(std::span<const float> window, const LaCafGraph::Text& text,
                   std::span<float> logits) const {
  const std::int64_t w = size_.window;
  // `from_blob` wants a mutable pointer, but the network only reads its input.
  Tensor x = at::from_blob(const_cast<float*>(window.data()), {1, 1, w, w, w});
  std::vector<Tensor> skips;
  for (std::size_t level = 0; level < down_.size(); ++level) {
    if (level > 0) {
      skips.push_back(x);
      x = max_pool(x);
    }
    x = run_block(run_block(x, down_[level][0]), down_[level][1]);
  }
  const Tensor feature = graph_.image_feature(x.to(at::kFloat));
  for (const UpBlock& block : up_) {
    Tensor skip = std::move(skips.back());
    skips.pop_back();
    x = run_up(std::exchange(x, {}), std::move(skip), block);
  }
  run_head(x, graph_.controller(feature, text)[0], logits);
}

}  // namespace hilum::model
