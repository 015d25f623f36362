#include "model/train/train_kernels.h"

#include <algorithm>
#include <array>

#include "model/per_processor.h"

namespace hilum::model::train {
namespace {

/// Voxels summed in float before they are added in double.
constexpr std::size_t kBlock = 1024;
/// Independent partial sums, so that additions need not wait for each other.
constexpr std::size_t kLanes = 32;

template <class In, class Out>
HILUM_INLINE void scale_shift_relu_to_of(const In* __restrict values, std::size_t count,
                                         const ScaleShift& norm, Out* __restrict out) {
  const float scale = norm.scale;
  const float shift = norm.shift;
  for (std::size_t i = 0; i < count; ++i) {
    const float y = scale * widen(values[i]) + shift;
    narrow(y > 0 ? y : 0, out[i]);
  }
}

template <class In, class Out>
HILUM_INLINE ReluSums block_sums(const In* __restrict values, const Out* __restrict gradient,
                                 std::size_t count, const ScaleShift& norm, float mean) {
  std::array<float, kLanes> sum{};
  std::array<float, kLanes> product{};
  const std::size_t whole = count / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float v = widen(values[i + lane]);
      const float g = norm.scale * v + norm.shift > 0 ? widen(gradient[i + lane]) : 0;
      sum[lane] += g;
      product[lane] += g * (v - mean);
    }
  }
  ReluSums sums;
  for (const float one : sum) sums.gradient += static_cast<double>(one);
  for (const float one : product) sums.product += static_cast<double>(one);
  for (std::size_t i = whole; i < count; ++i) {
    const float v = widen(values[i]);
    const float g = norm.scale * v + norm.shift > 0 ? widen(gradient[i]) : 0;
    sums.gradient += static_cast<double>(g);
    sums.product += static_cast<double>(g * (v - mean));
  }
  return sums;
}

template <class In, class Out>
HILUM_INLINE ReluSums relu_sums_of(std::span<const In> values, const Out* gradient,
                                   const ScaleShift& norm, float mean) {
  ReluSums sums;
  for (std::size_t start = 0; start < values.size(); start += kBlock) {
    const std::size_t count = std::min(kBlock, values.size() - start);
    const ReluSums block = block_sums(values.data() + start, gradient + start, count, norm, mean);
    sums.gradient += block.gradient;
    sums.product += block.product;
  }
  return sums;
}

template <class In, class Out>
HILUM_INLINE void norm_relu_gradient_of(const In* __restrict values, std::size_t count,
                                        const Out* __restrict gradient, const ScaleShift& norm,
                                        const NormGradient& factors, In* __restrict out) {
  const auto [scale, shift] = norm;
  const auto [of_gradient, of_value, constant] = factors;
  for (std::size_t i = 0; i < count; ++i) {
    const float v = widen(values[i]);
    const float g = scale * v + shift > 0 ? widen(gradient[i]) : 0;
    narrow(of_gradient * g + of_value * v + constant, out[i]);
  }
}

/// One row of blocks: four rows of the large cube.
template <class T>
HILUM_INLINE void pool_gradient_row(const std::array<const T*, 4>& rows,
                                    const T* __restrict gradient, const std::array<T*, 4>& out,
                                    std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    std::array<float, 8> value;
    float best = widen(rows[0][2 * i]);
    for (std::size_t p = 0; p < 8; ++p) {
      value[p] = widen(rows[p / 2][2 * i + p % 2]);
      best = std::max(best, value[p]);
    }
    float left = widen(gradient[i]);
    for (std::size_t p = 0; p < 8; ++p) {
      const bool here = value[p] == best;
      narrow(here ? left : 0, out[p / 2][2 * i + p % 2]);
      left = here ? 0 : left;
    }
  }
}

template <class T>
HILUM_INLINE void max_pool_2_gradient_of(const T* in, const T* gradient, T* out, std::size_t n) {
  const std::size_t edge = 2 * n;
  for (std::size_t x = 0; x < n; ++x) {
    for (std::size_t y = 0; y < n; ++y) {
      const std::size_t a = (2 * x * edge + 2 * y) * edge;
      const std::size_t b = a + edge * edge;
      pool_gradient_row<T>({in + a, in + a + edge, in + b, in + b + edge},
                           gradient + (x * n + y) * n,
                           {out + a, out + a + edge, out + b, out + b + edge}, n);
    }
  }
}

template <class T>
HILUM_INLINE void split_row(const T* __restrict row, T* __restrict even, T* __restrict odd,
                            std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    even[i] = row[2 * i];
    odd[i] = row[2 * i + 1];
  }
}

template <class T>
HILUM_INLINE void gather_up_phases_of(const T* cube, T* first, std::size_t phase_stride,
                                      std::size_t n) {
  const std::size_t edge = 2 * n;
  for (std::size_t x = 0; x < edge; ++x) {
    for (std::size_t y = 0; y < edge; ++y) {
      // As in `add_up_phases`: position 1 of a block looks one step further than position 0.
      const std::size_t phase = (x % 2 * 2 + y % 2) * 2;
      T* even = first + phase * phase_stride + ((x + 1) / 2 * (n + 1) + (y + 1) / 2) * (n + 1);
      split_row(cube + (x * edge + y) * edge, even, even + phase_stride + 1, n);
    }
  }
}

HILUM_INLINE std::size_t border_kind(std::size_t i, std::size_t edge) {
  return i == 0 ? 0 : i + 1 == edge ? 2 : 1;
}

template <class T>
HILUM_INLINE void border_gradient_of(const T* cube, std::size_t edge, std::span<float, 27> out) {
  std::array<double, 27> sums{};
  for (std::size_t x = 0; x < edge; ++x) {
    for (std::size_t y = 0; y < edge; ++y) {
      const std::size_t kind = border_kind(x, edge) * 3 + border_kind(y, edge);
      const T* row = cube + (x * edge + y) * edge;
      sums[kind * 3] += static_cast<double>(widen(row[0]));
      sums[kind * 3 + 2] += static_cast<double>(widen(row[edge - 1]));
      if (kind == 4) continue;  // an inner row: only its ends are at the border
      for (std::size_t z = 1; z + 1 < edge; ++z) {
        sums[kind * 3 + 1] += static_cast<double>(widen(row[z]));
      }
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<float>(sums[i]);
}

}  // namespace

// One plain function per element type: templates cannot be made per processor.
#define HILUM_NORM_KERNELS(In, Out)                                                                \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void scale_shift_relu_to<In, Out>(std::span<const In> values,                \
                                                        const ScaleShift& norm, Out* out) {        \
    scale_shift_relu_to_of(values.data(), values.size(), norm, out);                               \
  }                                                                                                \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR ReluSums relu_sums<In, Out>(std::span<const In> values, const Out* gradient, \
                                                  const ScaleShift& norm, float mean) {            \
    return relu_sums_of(values, gradient, norm, mean);                                             \
  }                                                                                                \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void norm_relu_gradient<In, Out>(                                            \
      std::span<const In> values, const Out* gradient, const ScaleShift& norm,                     \
      const NormGradient& factors, In* out) {                                                      \
    norm_relu_gradient_of(values.data(), values.size(), gradient, norm, factors, out);             \
  }

#define HILUM_CUBE_KERNELS(T)                                                                      \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void max_pool_2_gradient<T>(const T* in, const T* gradient, T* out, int n) { \
    max_pool_2_gradient_of(in, gradient, out, static_cast<std::size_t>(n));                        \
  }                                                                                                \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void gather_up_phases<T>(const T* cube, T* first, std::size_t phase_stride,  \
                                               int n) {                                            \
    gather_up_phases_of(cube, first, phase_stride, static_cast<std::size_t>(n));                   \
  }                                                                                                \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void border_gradient<T>(const T* cube, int edge, std::span<float, 27> out) { \
    border_gradient_of(cube, static_cast<std::size_t>(edge), out);                                 \
  }

HILUM_NORM_KERNELS(float, float)
HILUM_NORM_KERNELS(float, BFloat16)
HILUM_NORM_KERNELS(BFloat16, BFloat16)
HILUM_CUBE_KERNELS(float)
HILUM_CUBE_KERNELS(BFloat16)

}  // namespace hilum::model::train
