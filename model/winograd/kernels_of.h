#pragma once

// The kernels of kernels.h for the instruction set `Isa`, which says how vectors are loaded, stored
// and multiplied. Included once by the file of each instruction set, whose `Isa` is in an unnamed
// namespace, so that every function here is that file's own.

#include "model/winograd/kernels.h"

#if defined(__clang__)
#define HILUM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define HILUM_UNROLL _Pragma("GCC unroll 16")
#endif

namespace hilum::model {

template <class Isa>
struct WinogradFor {
  using T = typename Isa::Element;
  using Vector = typename Isa::Vector;  ///< of floats, with arithmetic

  // Bt d: the n points of one axis, `stride` apart, for the products.
  template <std::size_t n>
  static inline __attribute__((always_inline)) void points_of(const Vector* d, std::size_t stride,
                                                              Vector* to, std::size_t to_stride) {
    const Vector d1 = d[stride];
    const Vector d2 = d[2 * stride];
    if constexpr (n == 4) {
      to[0] = d[0] - d2;
      to[to_stride] = d1 + d2;
      to[2 * to_stride] = d2 - d1;
      to[3 * to_stride] = d1 - d[3 * stride];
    } else {
      to[0] = d[0] - d1;
      to[to_stride] = d1;
      to[2 * to_stride] = d2 - d1;
    }
  }

  // At m: two neighbouring outputs from the n products of one axis.
  template <std::size_t n>
  static inline __attribute__((always_inline)) void outputs_of(const Vector* m, std::size_t stride,
                                                               Vector* to, std::size_t to_stride) {
    const Vector m1 = m[stride];
    const Vector m2 = m[2 * stride];
    if constexpr (n == 4) {
      to[0] = m[0] + (m1 + m2);
      to[to_stride] = (m1 - m2) - m[3 * stride];
    } else {
      to[0] = m[0] + m1;
      to[to_stride] = m1 + m2;
    }
  }

  // The n x n lines at voxel `z`, transformed along x and y. `z` may be -1 (wrapped) or beyond.
  template <std::size_t n>
  static inline __attribute__((always_inline)) void transform_plane(const WinogradInput<T>& in,
                                                                    std::size_t z,
                                                                    std::size_t channel,
                                                                    Vector* to) {
    if (z >= in.edge) {
      HILUM_UNROLL
      for (std::size_t i = 0; i < n * n; ++i) to[i] = Vector{};
      return;
    }
    const std::size_t at = z * in.channels + channel;
    Vector along_y[n * n];
    HILUM_UNROLL
    for (std::size_t x = 0; x < n; ++x) {
      Vector line[n];
      HILUM_UNROLL
      for (std::size_t y = 0; y < n; ++y) {
        const T* from = in.lines[x * n + y];
        line[y] = from != nullptr ? Isa::load(from + at) : Vector{};
      }
      points_of<n>(line, 1, along_y + x * n, 1);
    }
    HILUM_UNROLL
    for (std::size_t y = 0; y < n; ++y) points_of<n>(along_y + y, n, to + y, n);
  }

  template <std::size_t n>
  static void transform_input(const WinogradInput<T>& in) {
    constexpr std::size_t kShared = n - 2;  // planes that a tile and the next one have in common
    for (std::size_t channel = 0; channel < in.channels; channel += Isa::kLanes) {
      Vector planes[n][n * n];
      Vector* window[n];
      for (std::size_t i = 0; i < n; ++i) window[i] = planes[i];
      for (std::size_t i = 0; i < kShared; ++i) {
        transform_plane<n>(in, 2 * in.first + i - 1, channel, window[i]);
      }
      T* to = in.transformed + channel;
      for (std::size_t tile = 0; tile < in.count; ++tile, to += in.channels) {
        const std::size_t z = 2 * (in.first + tile) - 1;
        transform_plane<n>(in, z + kShared, channel, window[kShared]);
        transform_plane<n>(in, z + kShared + 1, channel, window[kShared + 1]);
        for (std::size_t i = 0; i < n * n; ++i) {
          Vector line[n];
          HILUM_UNROLL
          for (std::size_t k = 0; k < n; ++k) line[k] = window[k][i];
          Vector points[n];
          points_of<n>(line, 1, points, 1);
          HILUM_UNROLL
          for (std::size_t k = 0; k < n; ++k) {
            Isa::store(to + (i * n + k) * in.position_stride, points[k]);
          }
        }
        Vector* first[2] = {window[0], window[1]};
        for (std::size_t i = 0; i < kShared; ++i) window[i] = window[i + 2];
        window[kShared] = first[0];
        window[kShared + 1] = first[1];
      }
    }
  }

  template <std::size_t rows, std::size_t vectors>
  static void multiply_block(const WinogradProduct<T>& p, std::size_t row) {
    const T* a = p.transformed + row * p.in;
    const T* b = p.weight;
    Vector sums[rows][vectors];
    HILUM_UNROLL
    for (std::size_t r = 0; r < rows; ++r) {
      HILUM_UNROLL
      for (std::size_t v = 0; v < vectors; ++v) sums[r][v] = Vector{};
    }
    for (std::size_t k = 0; k < p.in; k += Isa::kGroup, b += vectors * Isa::kLanes * Isa::kGroup) {
      typename Isa::Factors weights[vectors];
      HILUM_UNROLL
      for (std::size_t v = 0; v < vectors; ++v) {
        weights[v] = Isa::load_factors(b + v * Isa::kLanes * Isa::kGroup);
      }
      HILUM_UNROLL
      for (std::size_t r = 0; r < rows; ++r) {
        const typename Isa::Factors one = Isa::repeat_group(a + r * p.in + k);
        HILUM_UNROLL
        for (std::size_t v = 0; v < vectors; ++v) {
          sums[r][v] = Isa::multiply_add(one, weights[v], sums[r][v]);
        }
      }
    }
    float* to = p.product + row * p.block;
    HILUM_UNROLL
    for (std::size_t r = 0; r < rows; ++r) {
      HILUM_UNROLL
      for (std::size_t v = 0; v < vectors; ++v) {
        Isa::store_floats(to + r * p.block + v * Isa::kLanes, sums[r][v]);
      }
    }
  }

  template <std::size_t rows, std::size_t vectors>
  static void multiply_rows(const WinogradProduct<T>& p, std::size_t row, std::size_t count) {
    if constexpr (rows > 1) {
      if (count < rows) return multiply_rows<rows - 1, vectors>(p, row, count);
    }
    multiply_block<rows, vectors>(p, row);
  }

  template <std::size_t vectors>
  static void multiply_tiles(const WinogradProduct<T>& p) {
    std::size_t blocks = (p.tiles + Isa::kRows - 1) / Isa::kRows;
    // Blocks as equal as can be: a block of few rows costs nearly as much as a full one.
    for (std::size_t row = 0; row < p.tiles; --blocks) {
      const std::size_t count = (p.tiles - row + blocks - 1) / blocks;
      multiply_rows<Isa::kRows, vectors>(p, row, count);
      row += count;
    }
  }

  static void multiply(const WinogradProduct<T>& p) {
    if (p.block == Isa::kVectors * Isa::kLanes) {
      multiply_tiles<Isa::kVectors>(p);
    } else {
      multiply_tiles<1>(p);
    }
  }

  template <std::size_t n>
  static void transform_output(const WinogradOutput<T>& out) {
    for (std::size_t tile = 0; tile < out.count; ++tile) {
      const std::size_t z = 2 * (out.first + tile);
      for (std::size_t channel = 0; channel < out.block; channel += Isa::kLanes) {
        const float* from = out.product + tile * out.block + channel;
        Vector along_yz[n][4];  // [x][y][z]
        HILUM_UNROLL
        for (std::size_t x = 0; x < n; ++x) {
          Vector along_z[n][2];
          HILUM_UNROLL
          for (std::size_t y = 0; y < n; ++y) {
            Vector line[n];
            HILUM_UNROLL
            for (std::size_t k = 0; k < n; ++k) {
              line[k] = Isa::load_floats(from + ((x * n + y) * n + k) * out.position_stride);
            }
            outputs_of<n>(line, 1, along_z[y], 1);
          }
          outputs_of<n>(along_z[0], 2, along_yz[x], 2);
          outputs_of<n>(along_z[0] + 1, 2, along_yz[x] + 1, 2);
        }
        Vector values[2][4];
        HILUM_UNROLL
        for (std::size_t i = 0; i < 4; ++i) outputs_of<n>(along_yz[0] + i, 4, values[0] + i, 4);
        HILUM_UNROLL
        for (std::size_t line = 0; line < 4; ++line) {
          T* to = out.lines[line];
          if (to == nullptr) continue;
          to += z * out.channels + channel;
          const Vector* pair = values[line / 2] + line % 2 * 2;
          Isa::store(to, pair[0]);
          if (z + 1 < out.edge) Isa::store(to + out.channels, pair[1]);
        }
      }
    }
  }

  static constexpr WinogradKernels<T> kKernels{
      .name = Isa::kName,
      .lanes = Isa::kLanes,
      .block = Isa::kVectors * Isa::kLanes,
      .group = Isa::kGroup,
      .transform_input = {transform_input<3>, transform_input<4>},
      .multiply = multiply,
      .transform_output = {transform_output<3>, transform_output<4>}};
};

}  // namespace hilum::model

#undef HILUM_UNROLL
