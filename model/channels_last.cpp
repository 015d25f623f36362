#include "model/channels_last.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "model/per_processor.h"

namespace hilum::model {
namespace {

/// Few channels are handled as several voxels side by side, so that vector registers are full.
constexpr std::size_t kLanes = 64;
/// Rows of lanes summed in float before they are joined in double: they stay in the fastest cache.
constexpr std::size_t kBlockRows = 32;

/// How many voxels lie side by side in a row of lanes.
HILUM_INLINE std::size_t voxels_per_row(std::size_t voxels, std::size_t channels) {
  std::size_t count = 1;
  while (2 * count * channels <= kLanes && voxels % (2 * count) == 0) count *= 2;
  return count;
}

/// Means and sums of squared differences from them, of `rows` values a lane.
template <class T>
HILUM_INLINE void block_moments(const T* __restrict values, std::size_t rows, std::size_t lanes,
                                float* __restrict mean, float* __restrict squares) {
  std::fill_n(mean, lanes, 0.0F);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < lanes; ++i) mean[i] += widen(values[row * lanes + i]);
  }
  for (std::size_t i = 0; i < lanes; ++i) mean[i] /= static_cast<float>(rows);
  std::fill_n(squares, lanes, 0.0F);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < lanes; ++i) {
      const float difference = widen(values[row * lanes + i]) - mean[i];
      squares[i] += difference * difference;
    }
  }
}

/// Blocks are joined by Chan's formula in double precision: exact enough for any mean, and memory
/// is read once.
template <class T>
HILUM_INLINE void channel_moments_of(const T* values, std::size_t voxels,
                                     std::span<Moments> of_channel) {
  const std::size_t channels = of_channel.size();
  const std::size_t side_by_side = voxels_per_row(voxels, channels);
  const std::size_t lanes = channels * side_by_side;
  const std::size_t rows = voxels / side_by_side;
  std::vector<double> mean(lanes, 0);
  std::vector<double> squares(lanes, 0);
  std::vector<float> block(2 * lanes);
  for (std::size_t start = 0; start < rows; start += kBlockRows) {
    const std::size_t count = std::min(kBlockRows, rows - start);
    float* block_mean = block.data();
    float* block_squares = block_mean + lanes;
    // A known number of lanes keeps the sums in registers.
    if (lanes == kLanes) {
      std::array<float, kLanes> m;
      std::array<float, kLanes> s;
      block_moments(values + start * lanes, count, kLanes, m.data(), s.data());
      std::ranges::copy(m, block_mean);
      std::ranges::copy(s, block_squares);
    } else {
      block_moments(values + start * lanes, count, lanes, block_mean, block_squares);
    }
    const auto n = static_cast<double>(start);
    const auto m = static_cast<double>(count);
    for (std::size_t i = 0; i < lanes; ++i) {
      const double difference = static_cast<double>(block_mean[i]) - mean[i];
      mean[i] += difference * (m / (n + m));
      squares[i] +=
          static_cast<double>(block_squares[i]) + difference * difference * (n * m / (n + m));
    }
  }
  std::vector<Moments> parts(side_by_side);
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < side_by_side; ++i) {
      const std::size_t lane = i * channels + c;
      parts[i] = {.mean = mean[lane], .variance = squares[lane] / static_cast<double>(rows)};
    }
    of_channel[c] = joint_moments(parts);
  }
}

HILUM_INLINE float norm_relu_one(float value, float scale, float shift) {
  const float y = scale * value + shift;
  return y > 0 ? y : 0;
}

template <class T>
HILUM_INLINE void norm_relu_rows(T* values, std::size_t rows, std::size_t lanes,
                                 const float* __restrict scale, const float* __restrict shift) {
  for (std::size_t row = 0; row < rows; ++row) {
    T* __restrict to = values + row * lanes;
    for (std::size_t i = 0; i < lanes; ++i) {
      narrow(norm_relu_one(widen(to[i]), scale[i], shift[i]), to[i]);
    }
  }
}

template <class T>
HILUM_INLINE void norm_relu_of(T* values, std::size_t voxels, const ChannelNorm& norm) {
  const std::size_t channels = norm.scale.size();
  const std::size_t side_by_side = voxels_per_row(voxels, channels);
  const std::size_t lanes = channels * side_by_side;
  const std::size_t rows = voxels / side_by_side;
  std::vector<float> scale;
  std::vector<float> shift;
  for (std::size_t i = 0; i < side_by_side; ++i) {
    scale.insert(scale.end(), norm.scale.begin(), norm.scale.end());
    shift.insert(shift.end(), norm.shift.begin(), norm.shift.end());
  }
  if (lanes == kLanes) {
    norm_relu_rows(values, rows, kLanes, scale.data(), shift.data());
  } else {
    norm_relu_rows(values, rows, lanes, scale.data(), shift.data());
  }
}

template <class T>
HILUM_INLINE void norm_relu_max_pool_of(const float* values, std::size_t n, const ChannelNorm& norm,
                                        T* out, float* pooled) {
  const std::size_t channels = norm.scale.size();
  const float* __restrict scale = norm.scale.data();
  const float* __restrict shift = norm.shift.data();
  const std::size_t row = 2 * n * channels;
  const std::size_t plane = 2 * n * row;
  for (std::size_t y = 0; y < n; ++y) {
    for (std::size_t z = 0; z < n; ++z) {
      const std::size_t first = 2 * y * row + 2 * z * channels;
      float* __restrict best = pooled + (y * n + z) * channels;
      for (std::size_t corner = 0; corner < 8; ++corner) {
        const std::size_t at =
            first + corner / 4 * plane + corner / 2 % 2 * row + corner % 2 * channels;
        const float* from = values + at;
        T* to = out + at;
        // Element by element, so a result may take the place of its value.
#pragma GCC ivdep
        for (std::size_t i = 0; i < channels; ++i) {
          const float one = norm_relu_one(from[i], scale[i], shift[i]);
          best[i] = corner == 0 || one > best[i] ? one : best[i];
          narrow(one, to[i]);
        }
      }
    }
  }
}

template <class T>
HILUM_INLINE void add_up_phases_of(const UpPhasesLast<T>& up, std::size_t x, T* plane) {
  const std::size_t edge = 2 * up.n;
  const std::size_t channels = up.channels;
  for (std::size_t y = 0; y < edge; ++y) {
    for (std::size_t z = 0; z < edge; ++z) {
      // Position 1 of a block looks one step further than position 0.
      const std::size_t at = ((x + 1) / 2 * (up.n + 1) + (y + 1) / 2) * (up.n + 1) + (z + 1) / 2;
      const std::size_t position = (x % 2 * 2 + y % 2) * 2 + z % 2;
      const std::size_t kind =
          (border_kind(x, edge) * 3 + border_kind(y, edge)) * 3 + border_kind(z, edge);
      const T* __restrict from = up.phases + (at * 8 + position) * channels;
      const float* __restrict summand = up.border.data() + kind * channels;
      T* __restrict to = plane + (y * edge + z) * channels;
      for (std::size_t i = 0; i < channels; ++i) {
        narrow(widen(to[i]) + widen(from[i]) + summand[i], to[i]);
      }
    }
  }
}

}  // namespace

// One plain function per element type: templates cannot be made per processor.
#define HILUM_KERNELS(T)                                                                           \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void channel_moments<T>(const T* values, std::size_t voxels,                 \
                                              std::span<Moments> of_channel) {                     \
    channel_moments_of(values, voxels, of_channel);                                                \
  }                                                                                                \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void norm_relu<T>(T * values, std::size_t voxels, const ChannelNorm& norm) { \
    norm_relu_of(values, voxels, norm);                                                            \
  }                                                                                                \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void norm_relu_max_pool<T>(const float* values, std::size_t n,               \
                                                 const ChannelNorm& norm, T* out, float* pooled) { \
    norm_relu_max_pool_of(values, n, norm, out, pooled);                                           \
  }                                                                                                \
  template <>                                                                                      \
  HILUM_PER_PROCESSOR void add_up_phases<T>(const UpPhasesLast<T>& up, std::size_t x, T* plane) {  \
    add_up_phases_of(up, x, plane);                                                                \
  }

HILUM_KERNELS(float)
HILUM_KERNELS(BFloat16)

}  // namespace hilum::model
