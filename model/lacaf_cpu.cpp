#include "model/lacaf_cpu.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "model/channels_last.h"

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

template <class T>
T* data(const Tensor& x) {
  return static_cast<T*>(x.data_ptr());
}

/// The first number of plane `i` of a channels-last cube.
template <class T>
T* plane(const Tensor& x, std::int64_t i) {
  return data<T>(x) + i * x.stride(2);
}

std::size_t voxels_of_plane(const Tensor& x) {
  return static_cast<std::size_t>(x.size(3) * x.size(4));
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

/// Planes are the parts of all work, so that sums do not depend on the number of threads.
void for_each_plane(std::int64_t planes, const std::function<void(std::int64_t)>& body) {
  at::parallel_for(0, planes, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
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

/// What the up-sampling's bias [middle] becomes behind `kernel` [out, middle, 3, 3, 3], [27][out]:
/// the same everywhere but at the border, where some taps meet the padding. As differences from
/// the inner value, which normalisation removes.
std::vector<float> border_of(const Tensor& bias, const Tensor& kernel) {
  const std::int64_t middle = bias.size(0);
  const Tensor cube = bias.view({1, middle, 1, 1, 1}).expand({1, middle, 3, 3, 3}).contiguous();
  const Tensor field = at::conv3d(cube, kernel, {}, 1, 1).flatten(2).squeeze(0);
  return to_vector((field - field.narrow(1, 13, 1)).t());
}

/// Moments of the channels of every plane, [planes][C].
class PlaneMoments {
 public:
  explicit PlaneMoments(const Tensor& x)
      : planes_(static_cast<std::size_t>(x.size(2))),
        channels_(static_cast<std::size_t>(x.size(1))),
        moments_(planes_ * channels_) {}

  std::span<Moments> of_plane(std::int64_t i) {
    return std::span(moments_).subspan(static_cast<std::size_t>(i) * channels_, channels_);
  }

  /// Of groups of channels over the whole cube, one per channel.
  [[nodiscard]] std::vector<Moments> of_groups(std::size_t per_group) const {
    std::vector<Moments> of_channel(channels_);
    std::vector<Moments> parts;
    for (std::size_t first = 0; first < channels_; first += per_group) {
      parts.clear();
      for (std::size_t i = 0; i < planes_; ++i) {
        const auto row = moments_.begin() + static_cast<std::ptrdiff_t>(i * channels_ + first);
        parts.insert(parts.end(), row, row + static_cast<std::ptrdiff_t>(per_group));
      }
      std::fill_n(of_channel.begin() + static_cast<std::ptrdiff_t>(first), per_group,
                  joint_moments(parts));
    }
    return of_channel;
  }

 private:
  std::size_t planes_;
  std::size_t channels_;
  std::vector<Moments> moments_;
};

/// What a normalisation multiplies each channel by and adds to it.
struct ScaleShift {
  ScaleShift(std::span<const Moments> moments, std::span<const float> weight,
             std::span<const float> bias) {
    for (std::size_t c = 0; c < moments.size(); ++c) {
      const double factor =
          static_cast<double>(weight[c]) / std::sqrt(moments[c].variance + kNormEpsilon);
      scale.push_back(static_cast<float>(factor));
      shift.push_back(static_cast<float>(static_cast<double>(bias[c]) - moments[c].mean * factor));
    }
  }
  [[nodiscard]] ChannelNorm norm() const { return {.scale = scale, .shift = shift}; }
  std::vector<float> scale;
  std::vector<float> shift;
};

/// What normalises each channel of `x` by its own moments.
ScaleShift scale_shift(const Tensor& x, std::span<const float> weight,
                       std::span<const float> bias) {
  PlaneMoments moments(x);
  with_type(x.scalar_type(), [&]<class T>(T) {
    for_each_plane(x.size(2), [&](std::int64_t i) {
      channel_moments<T>(plane<T>(x, i), voxels_of_plane(x), moments.of_plane(i));
    });
  });
  return {moments.of_groups(1), weight, bias};
}

/// Normalisation and ReLU, in place.
void normalise(const Tensor& x, const ScaleShift& numbers) {
  with_type(x.scalar_type(), [&]<class T>(T) {
    for_each_plane(x.size(2), [&](std::int64_t i) {
      norm_relu<T>(plane<T>(x, i), voxels_of_plane(x), numbers.norm());
    });
  });
}

}  // namespace

LaCafCpu::LaCafCpu(const LaCafSize& size, const WeightTable& weights, at::ScalarType type)
    : size_(size), weights_(weights), type_(type), graph_(size, weights) {
  for (std::size_t level = 0; level < kDown.size(); ++level) {
    const std::int64_t edge = size_.window >> level;
    const auto block = [&](int i) { return fmt::format("backbone.{}.ops.{}", kDown[level], i); };
    down_.push_back(
        {conv_block(block(0), edge, at::kFloat), conv_block(block(1), edge, at::kFloat)});
  }
  for (std::size_t level = 0; level < kUp.size(); ++level) {
    up_.push_back(
        up_block(fmt::format("backbone.{}", kUp[level]), size_.window >> (kUp.size() - level)));
  }
  head_norm_ = norm("precls_conv.0");
  head_weight_ = to_vector(weights_.at("precls_conv.2.weight"));
  head_bias_ = to_vector(weights_.at("precls_conv.2.bias"));
}

LaCafCpu::Norm LaCafCpu::norm(const std::string& layer) const {
  return {.weight = to_vector(weights_.at(layer + ".weight")),
          .bias = to_vector(weights_.at(layer + ".bias"))};
}

LaCafCpu::ConvBlock LaCafCpu::conv_block(const std::string& block, std::int64_t edge,
                                         at::ScalarType type) const {
  return {.conv = Conv3d(weights_.at(block + ".conv1.weight"), edge, type),
          .norm = norm(block + ".bn1")};
}

/// From a cube of `edge` to one of twice that.
LaCafCpu::UpBlock LaCafCpu::up_block(const std::string& block, std::int64_t edge) const {
  const Tensor& up = weights_.at(block + ".up_conv.weight");
  const Tensor& kernel = weights_.at(block + ".ops.0.conv1.weight");
  const std::int64_t middle = up.size(1);
  const Tensor of_up = kernel.narrow(1, 0, middle).contiguous();
  const Tensor of_skip = kernel.narrow(1, middle, kernel.size(1) - middle).contiguous();
  return {.phases = Conv3d(phase_weights(up, of_up), edge, type_),
          .border = border_of(weights_.at(block + ".up_conv.bias"), of_up),
          .skip = Conv3d(of_skip, 2 * edge, type_),
          .norm = norm(block + ".ops.0.bn1"),
          .second = conv_block(block + ".ops.1", 2 * edge, type_)};
}

Tensor LaCafCpu::run_block(const Tensor& x, const ConvBlock& block) const {
  const Tensor y = block.conv.run(x);
  normalise(y, scale_shift(y, block.norm.weight, block.norm.bias));
  return y;
}

LaCafCpu::Level LaCafCpu::run_down(const Tensor& x, const std::array<ConvBlock, 2>& blocks) const {
  const Tensor y = blocks[1].conv.run(run_block(x, blocks[0]));
  const ScaleShift numbers = scale_shift(y, blocks[1].norm.weight, blocks[1].norm.bias);
  const std::int64_t n = y.size(2) / 2;
  Level level{.skip = type_ == at::kFloat ? y : channels_last_cube(y.size(1), 2 * n, type_),
              .pooled = channels_last_cube(y.size(1), n, at::kFloat)};
  with_type(type_, [&]<class T>(T) {
    for_each_plane(n, [&](std::int64_t i) {
      norm_relu_max_pool<T>(plane<float>(y, 2 * i), static_cast<std::size_t>(n), numbers.norm(),
                            plane<T>(level.skip, 2 * i), plane<float>(level.pooled, i));
    });
  });
  return level;
}

/// Takes its inputs by value so that they are freed before the last convolution needs memory.
Tensor LaCafCpu::run_up(Tensor x, Tensor skip, const UpBlock& block) const {
  Tensor phases = block.phases.run(std::exchange(x, {}));
  Tensor y = block.skip.run(std::exchange(skip, {}));
  PlaneMoments moments(y);
  with_type(type_, [&]<class T>(T) {
    const UpPhasesLast<T> up{.phases = data<T>(phases),
                             .n = static_cast<std::size_t>(y.size(2) / 2),
                             .channels = static_cast<std::size_t>(y.size(1)),
                             .border = block.border};
    for_each_plane(y.size(2), [&](std::int64_t i) {
      add_up_phases<T>(up, static_cast<std::size_t>(i), plane<T>(y, i));
      channel_moments<T>(plane<T>(y, i), voxels_of_plane(y), moments.of_plane(i));
    });
  });
  phases = Tensor();
  normalise(y, ScaleShift(moments.of_groups(1), block.norm.weight, block.norm.bias));
  return run_block(std::exchange(y, {}), block.second);
}

void LaCafCpu::run_head(const Tensor& features, const Tensor& parameters,
                        std::span<float> logits) const {
  const std::int64_t channels = features.size(1);
  const std::size_t voxels = voxels_of_plane(features);
  const std::int64_t planes = features.size(2);
  const std::vector<float> numbers = to_vector(parameters);
  PlaneMoments moments(features);
  with_type(features.scalar_type(), [&]<class T>(T) {
    for_each_plane(planes, [&](std::int64_t i) {
      channel_moments<T>(plane<T>(features, i), voxels, moments.of_plane(i));
    });
    const auto per_group =
        static_cast<std::size_t>(channels / group_count(static_cast<int>(channels)));
    const ScaleShift norm(moments.of_groups(per_group), head_norm_.weight, head_norm_.bias);
    const VoxelHead head{.channels = static_cast<int>(channels),
                         .classes = static_cast<int>(parameters.size(0)),
                         .scale = norm.scale,
                         .shift = norm.shift,
                         .weight = head_weight_,
                         .bias = head_bias_,
                         .parameters = numbers};
    for_each_plane(planes, [&](std::int64_t i) {
      head_logits_last<T>(head, plane<T>(features, i), static_cast<std::size_t>(planes) * voxels,
                          voxels, logits.data() + static_cast<std::size_t>(i) * voxels);
    });
  });
}

void LaCafCpu::run(std::span<const float> window, const LaCafGraph::Text& text,
                   std::span<float> logits) const {
  const std::int64_t w = size_.window;
  // `from_blob` wants a mutable pointer, but the network only reads its input. With one channel
  // plain and channels last are the same.
  Tensor x = at::from_blob(const_cast<float*>(window.data()), {1, 1, w, w, w});
  std::vector<Tensor> skips;
  for (std::size_t level = 0; level + 1 < down_.size(); ++level) {
    Level done = run_down(x, down_[level]);
    skips.push_back(std::move(done.skip));
    x = std::move(done.pooled);
  }
  x = run_block(run_block(x, down_.back()[0]), down_.back()[1]);
  const Tensor feature = graph_.image_feature(x.contiguous());
  x = x.to(type_);
  for (const UpBlock& block : up_) {
    Tensor skip = std::move(skips.back());
    skips.pop_back();
    x = run_up(std::exchange(x, {}), std::move(skip), block);
  }
  run_head(x, graph_.controller(feature, text)[0], logits);
}

}  // namespace hilum::model
