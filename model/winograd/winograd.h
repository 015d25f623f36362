#pragma once

#include <cstddef>
#include <span>

#include "model/winograd/aligned.h"
#include "model/winograd/kernels.h"

namespace hilum::model {

/// A convolution (correlation, as in LibTorch) of a cube with a cube, stride 1, one zero around the
/// input, no bias.
struct WinogradShape {
  std::size_t in = 0;      ///< channels
  std::size_t out = 0;     ///< channels
  std::size_t kernel = 3;  ///< its edge: 2 or 3
  std::size_t edge = 0;    ///< of the input, in voxels

  /// Of the output, in voxels.
  [[nodiscard]] std::size_t out_edge() const { return edge + 3 - kernel; }
};

/// That convolution by Winograd's minimal filtering along all three axes (S. Winograd, *Arithmetic
/// Complexity of Computations*, 1980; A. Lavin and S. Gray, *Fast Algorithms for Convolutional
/// Neural Networks*, CVPR 2016): 2x2x2 voxels of the output take (k + 1)^3 products of two channels
/// instead of 8 k^3, 3.4 times fewer for k = 3 and 2.4 times for k = 2. What that costs are sums
/// before and after, and rounding: inputs and weights are summed up before they are multiplied, so
/// that their rounding to `T` weighs about twice as much as in the direct way (README.md, "How the
/// fast path saves work"). Products are summed up in float.
///
/// Cubes are channels last, [x][y][z][channel]. `T` is float or BFloat16.
template <class T>
class Winograd {
 public:
  /// `weight` is [out][in][k][k][k]. The kernels must be runnable here and for these channels
  /// (choose_kernels.h).
  Winograd(const WinogradShape& shape, std::span<const float> weight,
           const WinogradKernels<T>& kernels);

  /// Memory that one part needs while it runs.
  class Scratch;

  /// The work is in this many parts, which may run at once, each with its own scratch.
  [[nodiscard]] std::size_t parts() const { return tiles_ * parts_y_ * parts_z_; }
  void run(std::size_t part, const T* in, Scratch& scratch, T* out) const;

 private:
  /// Of one part: neighbours along y and z.
  struct Tiles {
    std::size_t x;
    std::size_t first_y;
    std::size_t rows;
    std::size_t first_z;
    std::size_t columns;
  };
  [[nodiscard]] Tiles tiles_of(std::size_t part) const;
  void transform_input(const Tiles& tiles, const T* in, T* transformed) const;
  /// The output channels from `channel` on that are computed together.
  void transform_output(const Tiles& tiles, const float* product, std::size_t channel,
                        T* out) const;

  [[nodiscard]] std::size_t points() const { return shape_.kernel + 1; }
  [[nodiscard]] std::size_t positions() const { return points() * points() * points(); }
  /// Numbers of all tiles of a part at one position, and a line of the cache: without it the
  /// positions of a tile would all compete for the same few places of the cache.
  [[nodiscard]] std::size_t in_stride() const;
  [[nodiscard]] std::size_t product_stride() const;
  /// Output channels from `first` on that are computed together.
  [[nodiscard]] std::size_t block(std::size_t first) const;
  void pack(std::span<const float> weight);

  WinogradShape shape_;
  const WinogradKernels<T>* kernels_;
  std::size_t tiles_;    ///< along an axis
  std::size_t rows_;     ///< of tiles in a part, beside each other along y
  std::size_t columns_;  ///< of tiles in a part, along z
  std::size_t parts_y_;
  std::size_t parts_z_;
  Aligned<T> weight_;  ///< [block][position][in / group][channel of the block][group]
};

template <class T>
class Winograd<T>::Scratch {
 public:
  explicit Scratch(const Winograd& convolution);

 private:
  friend class Winograd;
  Aligned<T> transformed_;
  Aligned<float> product_;
};

}  // namespace hilum::model
