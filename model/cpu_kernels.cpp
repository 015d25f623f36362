#include "model/cpu_kernels.h"

#include <algorithm>
#include <array>
#include <vector>

#include "model/lacaf_parameters.h"
#include "model/per_processor.h"

namespace hilum::model {
namespace {

/// Voxels handled together: their values stay in the fastest cache.
constexpr std::size_t kBlock = 1024;
/// Independent partial sums, so that additions need not wait for each other.
constexpr std::size_t kLanes = 32;

struct BlockMoments {
  float mean;
  float squares;  ///< sum of squared differences from the mean
};

template <class T>
HILUM_INLINE BlockMoments block_moments(const T* __restrict values, std::size_t count) {
  std::array<float, kLanes> sum{};
  const std::size_t whole = count / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sum[lane] += widen(values[i + lane]);
  }
  float total = 0;
  for (const float one : sum) total += one;
  for (std::size_t i = whole; i < count; ++i) total += widen(values[i]);
  const float mean = total / static_cast<float>(count);

  std::array<float, kLanes> squares{};
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float difference = widen(values[i + lane]) - mean;
      squares[lane] += difference * difference;
    }
  }
  float sum_of_squares = 0;
  for (const float one : squares) sum_of_squares += one;
  for (std::size_t i = whole; i < count; ++i) {
    const float difference = widen(values[i]) - mean;
    sum_of_squares += difference * difference;
  }
  return {mean, sum_of_squares};
}

/// Blocks are joined by Chan's formula in double precision: exact enough for any mean, and memory
/// is read once.
template <class T>
HILUM_INLINE Moments moments_of(std::span<const T> values) {
  double mean = 0;
  double squares = 0;
  for (std::size_t start = 0; start < values.size(); start += kBlock) {
    const std::size_t count = std::min(kBlock, values.size() - start);
    const BlockMoments block = block_moments(values.data() + start, count);
    const auto n = static_cast<double>(start);
    const auto m = static_cast<double>(count);
    const double difference = static_cast<double>(block.mean) - mean;
    mean += difference * m / (n + m);
    squares += static_cast<double>(block.squares) + difference * difference * n * m / (n + m);
  }
  return {.mean = mean, .variance = squares / static_cast<double>(values.size())};
}

template <class T>
HILUM_INLINE void max_pool_row(const std::array<const T*, 4>& rows, T* __restrict out,
                               std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    float best = widen(rows[0][2 * i]);
    for (const T* row : rows) {
      best = std::max(best, std::max(widen(row[2 * i]), widen(row[2 * i + 1])));
    }
    narrow(best, out[i]);
  }
}

template <class T>
HILUM_INLINE void max_pool_2_of(const T* in, T* out, std::size_t n) {
  const std::size_t edge = 2 * n;
  for (std::size_t x = 0; x < n; ++x) {
    for (std::size_t y = 0; y < n; ++y) {
      const T* row = in + (2 * x * edge + 2 * y) * edge;
      const T* next = row + edge * edge;
      max_pool_row<T>({row, row + edge, next, next + edge}, out + (x * n + y) * n, n);
    }
  }
}

template <class T>
HILUM_INLINE void add_row(const T* __restrict even, const T* __restrict odd, float summand,
                          T* __restrict row, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    narrow(widen(row[2 * i]) + widen(even[i]) + summand, row[2 * i]);
    narrow(widen(row[2 * i + 1]) + widen(odd[i]) + summand, row[2 * i + 1]);
  }
}

template <class T>
HILUM_INLINE void add_to(T& value, float summand) {
  narrow(widen(value) + summand, value);
}

template <class T>
HILUM_INLINE void add_up_phases_of(const UpPhases<T>& up, T* cube) {
  const auto n = static_cast<std::size_t>(up.n);
  const std::size_t edge = 2 * n;
  for (std::size_t x = 0; x < edge; ++x) {
    for (std::size_t y = 0; y < edge; ++y) {
      // Position 1 of a block looks one step further than position 0.
      const std::size_t phase = (x % 2 * 2 + y % 2) * 2;
      const std::size_t at = ((x + 1) / 2 * (n + 1) + (y + 1) / 2) * (n + 1);
      const T* even = up.first + phase * up.phase_stride + at;
      const T* odd = even + up.phase_stride + 1;
      const float* border =
          up.border.data() + (border_kind(x, edge) * 3 + border_kind(y, edge)) * 3;
      T* row = cube + (x * edge + y) * edge;
      add_row(even, odd, border[1], row, n);
      add_to(row[0], border[0] - border[1]);
      add_to(row[edge - 1], border[2] - border[1]);
    }
  }
}

constexpr std::size_t kHead = kHeadChannels;
/// Voxels of the head handled together: 2 x 8 rows of them stay in the fastest cache.
constexpr std::size_t kHeadBlock = 128;
using HeadRows = std::array<std::array<float, kHeadBlock>, kHead>;

/// out = max(0, weight * in + bias), weight [8][8].
HILUM_INLINE void dense_relu(const float* weight, const float* bias, const HeadRows& in,
                             HeadRows& out) {
  for (std::size_t o = 0; o < kHead; ++o) {
    auto& row = out[o];
    row.fill(bias[o]);
    for (std::size_t c = 0; c < kHead; ++c) {
      const float factor = weight[o * kHead + c];
      for (std::size_t i = 0; i < kHeadBlock; ++i) row[i] += factor * in[c][i];
    }
    for (std::size_t i = 0; i < kHeadBlock; ++i) row[i] = row[i] > 0 ? row[i] : 0;
  }
}

/// Where the numbers of a feature map are, in elements.
struct FeatureSteps {
  std::size_t voxel;
  std::size_t channel;
};

template <class T>
HILUM_INLINE void head_input_block(const VoxelHead& head, const T* features, FeatureSteps steps,
                                   std::size_t count, HeadRows& out) {
  for (std::size_t o = 0; o < kHead; ++o) out[o].fill(head.bias[o]);
  const auto channels = static_cast<std::size_t>(head.channels);
  std::array<float, kHeadBlock> value{};
  for (std::size_t c = 0; c < channels; ++c) {
    const T* __restrict in = features + c * steps.channel;
    const float scale = head.scale[c];
    const float shift = head.shift[c];
    for (std::size_t i = 0; i < count; ++i) {
      const float y = scale * widen(in[i * steps.voxel]) + shift;
      value[i] = y > 0 ? y : 0;
    }
    for (std::size_t o = 0; o < kHead; ++o) {
      const float factor = head.weight[o * channels + c];
      for (std::size_t i = 0; i < kHeadBlock; ++i) out[o][i] += factor * value[i];
    }
  }
}

HILUM_INLINE void class_logits_block(const float* parameters, const HeadRows& in, HeadRows& a,
                                     HeadRows& b, std::span<float> logits) {
  const float* w0 = parameters;
  const float* w1 = w0 + kHead * kHead;
  const float* w2 = w1 + kHead * kHead;
  const float* b0 = w2 + kHead;
  const float* b1 = b0 + kHead;
  const float b2 = b1[kHead];
  dense_relu(w0, b0, in, a);
  dense_relu(w1, b1, a, b);
  std::array<float, kHeadBlock> sum;
  sum.fill(b2);
  for (std::size_t c = 0; c < kHead; ++c) {
    for (std::size_t i = 0; i < kHeadBlock; ++i) sum[i] += w2[c] * b[c][i];
  }
  std::copy_n(sum.begin(), logits.size(), logits.begin());
}

template <class T>
HILUM_INLINE void head_logits_of(const VoxelHead& head, const T* features, FeatureSteps steps,
                                 std::size_t stride, std::size_t total, float* logits) {
  HeadRows input;
  HeadRows a;
  HeadRows b;
  for (std::size_t start = 0; start < total; start += kHeadBlock) {
    const std::size_t count = std::min(kHeadBlock, total - start);
    head_input_block(head, features + start * steps.voxel, steps, count, input);
    for (std::size_t k = 0; k < static_cast<std::size_t>(head.classes); ++k) {
      class_logits_block(head.parameters.data() + k * kHeadParameters, input, a, b,
                         {logits + k * stride + start, count});
    }
  }
}

}  // namespace

Moments joint_moments(std::span<const Moments> parts) {
  Moments all;
  for (const Moments& part : parts) all.mean += part.mean / static_cast<double>(parts.size());
  for (const Moments& part : parts) {
    const double difference = part.mean - all.mean;
    all.variance += (part.variance + difference * difference) / static_cast<double>(parts.size());
  }
  return all;
}

// One plain function per element type: templates cannot be made per processor.
#define HILUM_KERNELS(T)                                                                          \
  template <>                                                                                     \
  HILUM_PER_PROCESSOR Moments moments<T>(std::span<const T> values) {                             \
    return moments_of(values);                                                                    \
  }                                                                                               \
  template <>                                                                                     \
  HILUM_PER_PROCESSOR void max_pool_2<T>(const T* in, T* out, int n) {                            \
    max_pool_2_of(in, out, static_cast<std::size_t>(n));                                          \
  }                                                                                               \
  template <>                                                                                     \
  HILUM_PER_PROCESSOR void add_up_phases<T>(const UpPhases<T>& up, T* cube) {                     \
    add_up_phases_of(up, cube);                                                                   \
  }                                                                                               \
  template <>                                                                                     \
  HILUM_PER_PROCESSOR void head_logits<T>(const VoxelHead& head, const T* features,               \
                                          std::size_t stride, std::size_t count, float* logits) { \
    head_logits_of(head, features, {.voxel = 1, .channel = stride}, stride, count, logits);       \
  }                                                                                               \
  template <>                                                                                     \
  HILUM_PER_PROCESSOR void head_logits_last<T>(const VoxelHead& head, const T* features,          \
                                               std::size_t stride, std::size_t count,             \
                                               float* logits) {                                   \
    const auto channels = static_cast<std::size_t>(head.channels);                                \
    head_logits_of(head, features, {.voxel = channels, .channel = 1}, stride, count, logits);     \
  }

HILUM_KERNELS(float)
HILUM_KERNELS(BFloat16)

}  // namespace hilum::model
