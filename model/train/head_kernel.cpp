#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "model/lacaf_parameters.h"
#include "model/per_processor.h"
#include "model/train/train_kernels.h"

namespace hilum::model::train {
namespace {

constexpr std::size_t kHead = kHeadChannels;
constexpr std::size_t kLane = 16;
/// Sixteen voxels; the compiler makes of it what the processor has.
constexpr std::size_t kLaneBytes = kLane * sizeof(float);
using Lanes = float __attribute__((vector_size(kLaneBytes), aligned(kLaneBytes)));
/// Voxels handled together: all rows of them stay in the fastest cache.
constexpr std::size_t kVectors = 8;
constexpr std::size_t kHeadBlock = kVectors * kLane;
/// Not std::array, because as a template's argument `Lanes` loses its alignment.
template <std::size_t kCount>
struct LaneArray {
  HILUM_INLINE Lanes& operator[](std::size_t i) { return at[i]; }
  HILUM_INLINE const Lanes& operator[](std::size_t i) const { return at[i]; }
  HILUM_INLINE void fill(const Lanes& value) {
    for (Lanes& one : at) one = value;
  }
  Lanes at[kCount];  // NOLINT: see above
};
using Row = LaneArray<kVectors>;
using Rows = std::array<Row, kHead>;
/// Sums of products, added over the lanes in the end.
using Sums = LaneArray<kHead>;
using Products = std::array<Sums, kHead>;

HILUM_INLINE void relu(Row& row) {
  for (Lanes& v : row.at) v = v > 0 ? v : Lanes{};
}

/// out = max(0, weight * in + bias), weight [8][8].
HILUM_INLINE void dense_relu(const float* weight, const float* bias, const Rows& in, Rows& out) {
#pragma GCC unroll 1
  for (std::size_t o = 0; o < kHead; ++o) {
    Row row;
    row.fill(Lanes{} + bias[o]);
#pragma GCC unroll 1
    for (std::size_t c = 0; c < kHead; ++c) {
      const float factor = weight[o * kHead + c];
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kVectors; ++j) row[j] += factor * in[c][j];
    }
    relu(row);
    out[o] = row;
  }
}

/// in_gradient = weight^T * gradient; with `kAdd` added to what is there.
template <bool kAdd>
HILUM_INLINE void dense_gradient(const float* weight, const Rows& gradient, Rows& in_gradient) {
#pragma GCC unroll 1
  for (std::size_t c = 0; c < kHead; ++c) {
    Row row = kAdd ? in_gradient[c] : Row{};
#pragma GCC unroll 1
    for (std::size_t o = 0; o < kHead; ++o) {
      const float factor = weight[o * kHead + c];
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kVectors; ++j) row[j] += factor * gradient[o][j];
    }
    in_gradient[c] = row;
  }
}

/// Nothing flows back where the ReLU let nothing through.
HILUM_INLINE void mask(const Rows& activation, Rows& gradient) {
#pragma GCC unroll 1
  for (std::size_t c = 0; c < kHead; ++c) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kVectors; ++j) {
      gradient[c][j] = activation[c][j] > 0 ? gradient[c][j] : Lanes{};
    }
  }
}

HILUM_INLINE void add_product(const Row& a, const Row& b, Lanes& sum) {
  Lanes even = sum;
  Lanes odd{};
#pragma GCC unroll 8
  for (std::size_t j = 0; j < kVectors; j += 2) {
    even += a[j] * b[j];
    odd += a[j + 1] * b[j + 1];
  }
  sum = even + odd;
}

HILUM_INLINE void add_row(const Row& row, Lanes& sum) {
  for (const Lanes& v : row.at) sum += v;
}

HILUM_INLINE float total(const Lanes& lanes) {
  float sum = 0;
  for (std::size_t i = 0; i < kLane; ++i) sum += lanes[i];
  return sum;
}

/// Sums of one class: the gradients of its 153 numbers, lane by lane.
struct alignas(kLaneBytes) ClassSums {
  Products w0{};
  Products w1{};
  Sums w2{};
  Sums b0{};
  Sums b1{};
  Lanes b2{};
};

HILUM_INLINE void add_totals(const Products& products, float* out) {
#pragma GCC unroll 1
  for (std::size_t o = 0; o < kHead; ++o) {
#pragma GCC unroll 1
    for (std::size_t c = 0; c < kHead; ++c) out[o * kHead + c] += total(products[o][c]);
  }
}

HILUM_INLINE void add_totals(const Sums& sums, float* out) {
#pragma GCC unroll 1
  for (std::size_t o = 0; o < kHead; ++o) out[o] += total(sums[o]);
}

HILUM_INLINE void add_totals(const ClassSums& sums, float* out) {
  add_totals(sums.w0, out);
  add_totals(sums.w1, out + kHead * kHead);
  out += 2 * kHead * kHead;
  add_totals(sums.w2, out);
  add_totals(sums.b0, out + kHead);
  add_totals(sums.b1, out + 2 * kHead);
  out[3 * kHead] += total(sums.b2);
}

/// One class at one block of voxels: adds to its sums and to the gradient of its input.
HILUM_INLINE void class_gradient(const float* parameters, const Rows& in, const Row& logit,
                                 ClassSums& sums, Rows& in_gradient) {
  const float* w0 = parameters;
  const float* w1 = w0 + kHead * kHead;
  const float* w2 = w1 + kHead * kHead;
  const float* b0 = w2 + kHead;
  const float* b1 = b0 + kHead;
  Rows a;
  Rows b;
  Rows gradient;
  Rows of_a;
  dense_relu(w0, b0, in, a);
  dense_relu(w1, b1, a, b);
  add_row(logit, sums.b2);
#pragma GCC unroll 1
  for (std::size_t c = 0; c < kHead; ++c) {
    add_product(logit, b[c], sums.w2[c]);
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kVectors; ++j) gradient[c][j] = w2[c] * logit[j];
  }
  mask(b, gradient);
  dense_gradient<false>(w1, gradient, of_a);
#pragma GCC unroll 1
  for (std::size_t o = 0; o < kHead; ++o) {
    add_row(gradient[o], sums.b1[o]);
#pragma GCC unroll 1
    for (std::size_t c = 0; c < kHead; ++c) add_product(gradient[o], a[c], sums.w1[o][c]);
  }
  mask(a, of_a);
  dense_gradient<true>(w0, of_a, in_gradient);
#pragma GCC unroll 1
  for (std::size_t o = 0; o < kHead; ++o) {
    add_row(of_a[o], sums.b0[o]);
#pragma GCC unroll 1
    for (std::size_t c = 0; c < kHead; ++c) add_product(of_a[o], in[c], sums.w0[o][c]);
  }
}

/// Zeros behind the last voxel: they add nothing to any sum, because their logits' gradient is 0.
template <class T>
HILUM_INLINE void load(const T* in, std::size_t count, Row& row) {
  std::array<float, kHeadBlock> values{};
  for (std::size_t i = 0; i < count; ++i) values[i] = widen(in[i]);
  std::memcpy(row.at, values.data(), sizeof(values));
}

template <class T>
HILUM_INLINE void store(const Row& row, std::size_t count, T* out) {
  std::array<float, kHeadBlock> values;
  std::memcpy(values.data(), row.at, sizeof(values));
  for (std::size_t i = 0; i < count; ++i) narrow(values[i], out[i]);
}

/// The 1x1x1 convolution from C to 8 channels.
struct InputSums {
  explicit InputSums(std::size_t channels) : weight(channels) {}
  std::vector<Sums> weight;  ///< [C][8]
  Sums bias{};
};

template <class T>
HILUM_INLINE void input_block(const VoxelHead& head, const T* features, std::size_t stride,
                              std::size_t count, Rows& out) {
  const auto channels = static_cast<std::size_t>(head.channels);
#pragma GCC unroll 1
  for (std::size_t o = 0; o < kHead; ++o) out[o].fill(Lanes{} + head.bias[o]);
  Row row;
  for (std::size_t c = 0; c < channels; ++c) {
    load(features + c * stride, count, row);
#pragma GCC unroll 1
    for (std::size_t o = 0; o < kHead; ++o) {
      const float factor = head.weight[o * channels + c];
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kVectors; ++j) out[o][j] += factor * row[j];
    }
  }
}

template <class T>
HILUM_INLINE void input_gradient(const VoxelHead& head, const T* features, const Rows& gradient,
                                 std::size_t stride, std::size_t count, InputSums& sums, T* out) {
  const auto channels = static_cast<std::size_t>(head.channels);
#pragma GCC unroll 1
  for (std::size_t o = 0; o < kHead; ++o) add_row(gradient[o], sums.bias[o]);
  Row row;
  for (std::size_t c = 0; c < channels; ++c) {
    load(features + c * stride, count, row);
    Row of_row{};
#pragma GCC unroll 1
    for (std::size_t o = 0; o < kHead; ++o) {
      add_product(gradient[o], row, sums.weight[c][o]);
      const float factor = head.weight[o * channels + c];
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kVectors; ++j) of_row[j] += factor * gradient[o][j];
    }
    store(of_row, count, out + c * stride);
  }
}

template <class T>
HILUM_INLINE void head_gradient_of(const VoxelHead& head, const T* features,
                                   const float* logit_gradient, std::size_t stride,
                                   std::size_t total_count, const HeadGradient& out_sums, T* out) {
  const auto classes = static_cast<std::size_t>(head.classes);
  InputSums of_input(static_cast<std::size_t>(head.channels));
  std::vector<ClassSums> of_class(classes);
  Rows in;
  Row logit;
  for (std::size_t start = 0; start < total_count; start += kHeadBlock) {
    const std::size_t count = std::min(kHeadBlock, total_count - start);
    input_block(head, features + start, stride, count, in);
    Rows gradient{};
    for (std::size_t k = 0; k < classes; ++k) {
      load(logit_gradient + k * stride + start, count, logit);
      class_gradient(head.parameters.data() + k * kHeadParameters, in, logit, of_class[k],
                     gradient);
    }
    input_gradient(head, features + start, gradient, stride, count, of_input, out + start);
  }
  const std::size_t channels = of_input.weight.size();
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t o = 0; o < kHead; ++o) {
      out_sums.weight[o * channels + c] += total(of_input.weight[c][o]);
    }
  }
  add_totals(of_input.bias, out_sums.bias.data());
  for (std::size_t k = 0; k < classes; ++k) {
    add_totals(of_class[k], out_sums.parameters.data() + k * kHeadParameters);
  }
}

}  // namespace

#define HILUM_HEAD_KERNEL(T)                                                                       \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void head_gradient<T>(const VoxelHead& head, const T* features,              \
                                            const float* logit_gradient, std::size_t stride,       \
                                            std::size_t count, const HeadGradient& sums, T* out) { \
    head_gradient_of(head, features, logit_gradient, stride, count, sums, out);                    \
  }

HILUM_HEAD_KERNEL(float)
HILUM_HEAD_KERNEL(BFloat16)

}  // namespace hilum::model::train
