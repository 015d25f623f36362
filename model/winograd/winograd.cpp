#include "model/winograd/winograd.h"

#include <algorithm>
#include <array>

namespace hilum::model {
namespace {

/// Tiles of a part: what is known of them stays in the processor's own cache from one step to the
/// next, and there are enough of them to make use of each weight several times.
constexpr std::size_t kMostTiles = 18;
constexpr std::size_t kFewestTiles = 12;

constexpr std::size_t parts_of(std::size_t whole, std::size_t part) {
  return (whole + part - 1) / part;
}

/// G g: one axis of the kernel as the factors of its n products. Lines of k numbers, `stride`
/// apart.
void factors_of(const double* g, std::size_t k, std::size_t stride, double* to,
                std::size_t to_stride) {
  const double first = g[0];
  const double last = g[(k - 1) * stride];
  to[0] = first;
  if (k == 3) {
    const double middle = g[stride];
    to[to_stride] = (first + middle + last) / 2;
    to[2 * to_stride] = (first - middle + last) / 2;
  } else {
    to[to_stride] = first + last;
  }
  to[k * to_stride] = last;
}

/// The n^3 factors of a kernel [k][k][k], one axis after the other.
std::array<double, 64> factors_of(const float* kernel, std::size_t k) {
  const std::size_t n = k + 1;
  std::array<double, 27> from{};
  std::copy_n(kernel, k * k * k, from.begin());
  std::array<double, 36> along_z{};   // [k][k][n]
  std::array<double, 48> along_yz{};  // [k][n][n]
  std::array<double, 64> all{};       // [n][n][n]
  for (std::size_t i = 0; i < k * k; ++i) {
    factors_of(from.data() + i * k, k, 1, along_z.data() + i * n, 1);
  }
  for (std::size_t x = 0; x < k; ++x) {
    for (std::size_t z = 0; z < n; ++z) {
      factors_of(along_z.data() + x * k * n + z, k, n, along_yz.data() + x * n * n + z, n);
    }
  }
  for (std::size_t i = 0; i < n * n; ++i) {
    factors_of(along_yz.data() + i, k, n * n, all.data() + i, n * n);
  }
  return all;
}

/// The line along z of the cube at (x, y), null outside of it. x and y may be -1, wrapped.
template <class T>
T* line_at(T* cube, std::size_t edge, std::size_t channels, std::size_t x, std::size_t y) {
  return x < edge && y < edge ? cube + (x * edge + y) * edge * channels : nullptr;
}

}  // namespace

template <class T>
Winograd<T>::Winograd(const WinogradShape& shape, std::span<const float> weight,
                      const WinogradKernels<T>& kernels)
    : shape_(shape),
      kernels_(&kernels),
      tiles_(parts_of(shape.out_edge(), 2)),
      rows_(std::clamp<std::size_t>(kFewestTiles / tiles_, 1, tiles_)),
      columns_(parts_of(tiles_, parts_of(tiles_, kMostTiles))),
      parts_y_(parts_of(tiles_, rows_)),
      parts_z_(parts_of(tiles_, columns_)),
      weight_(positions() * shape.in * shape.out) {
  pack(weight);
}

template <class T>
std::size_t Winograd<T>::block(std::size_t first) const {
  return first + kernels_->block <= shape_.out ? kernels_->block : kernels_->lanes;
}

template <class T>
void Winograd<T>::pack(std::span<const float> weight) {
  const std::size_t k3 = shape_.kernel * shape_.kernel * shape_.kernel;
  const std::size_t group = kernels_->group;
  for (std::size_t first = 0; first < shape_.out; first += block(first)) {
    const std::size_t channels = block(first);
    T* of_block = weight_.data() + first * positions() * shape_.in;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      for (std::size_t in = 0; in < shape_.in; ++in) {
        const std::size_t kernel = (first + channel) * shape_.in + in;
        const auto factors = factors_of(weight.data() + kernel * k3, shape_.kernel);
        T* to = of_block + (in / group * channels + channel) * group + in % group;
        for (std::size_t i = 0; i < positions(); ++i) {
          narrow(static_cast<float>(factors[i]), to[i * shape_.in * channels]);
        }
      }
    }
  }
}

template <class T>
std::size_t Winograd<T>::in_stride() const {
  return rows_ * columns_ * shape_.in + kCacheLine / sizeof(T);
}

template <class T>
std::size_t Winograd<T>::product_stride() const {
  return rows_ * columns_ * kernels_->block + kCacheLine / sizeof(float);
}

template <class T>
Winograd<T>::Scratch::Scratch(const Winograd& convolution)
    : transformed_(convolution.positions() * convolution.in_stride()),
      product_(convolution.positions() * convolution.product_stride()) {}

template <class T>
void Winograd<T>::run(std::size_t part, const T* in, Scratch& scratch, T* out) const {
  const Tiles tiles = tiles_of(part);
  transform_input(tiles, in, scratch.transformed_.data());
  // Some output channels at a time, so that their products stay in the cache.
  for (std::size_t first = 0; first < shape_.out; first += block(first)) {
    const T* weight = weight_.data() + first * positions() * shape_.in;
    for (std::size_t i = 0; i < positions(); ++i) {
      kernels_->multiply({.transformed = scratch.transformed_.data() + i * in_stride(),
                          .weight = weight + i * shape_.in * block(first),
                          .product = scratch.product_.data() + i * product_stride(),
                          .tiles = tiles.rows * tiles.columns,
                          .in = shape_.in,
                          .block = block(first)});
    }
    transform_output(tiles, scratch.product_.data(), first, out);
  }
}

template <class T>
auto Winograd<T>::tiles_of(std::size_t part) const -> Tiles {
  const std::size_t first_y = part / parts_z_ % parts_y_ * rows_;
  const std::size_t first_z = part % parts_z_ * columns_;
  return {.x = part / (parts_y_ * parts_z_),
          .first_y = first_y,
          .rows = std::min(rows_, tiles_ - first_y),
          .first_z = first_z,
          .columns = std::min(columns_, tiles_ - first_z)};
}

template <class T>
void Winograd<T>::transform_input(const Tiles& tiles, const T* in, T* transformed) const {
  const std::size_t n = points();
  for (std::size_t row = 0; row < tiles.rows; ++row) {
    WinogradInput<T> input{.lines = {},
                           .edge = shape_.edge,
                           .channels = shape_.in,
                           .first = tiles.first_z,
                           .count = tiles.columns,
                           .transformed = transformed + row * tiles.columns * shape_.in,
                           .position_stride = in_stride()};
    for (std::size_t i = 0; i < n * n; ++i) {
      input.lines[i] = line_at(in, shape_.edge, shape_.in, 2 * tiles.x + i / n - 1,
                               2 * (tiles.first_y + row) + i % n - 1);
    }
    kernels_->transform_input[shape_.kernel - 2](input);
  }
}

template <class T>
void Winograd<T>::transform_output(const Tiles& tiles, const float* product, std::size_t channel,
                                   T* out) const {
  for (std::size_t row = 0; row < tiles.rows; ++row) {
    WinogradOutput<T> output{.product = product + row * tiles.columns * block(channel),
                             .position_stride = product_stride(),
                             .block = block(channel),
                             .lines = {},
                             .edge = shape_.out_edge(),
                             .channels = shape_.out,
                             .first = tiles.first_z,
                             .count = tiles.columns};
    for (std::size_t i = 0; i < 4; ++i) {
      T* line = line_at(out, shape_.out_edge(), shape_.out, 2 * tiles.x + i / 2,
                        2 * (tiles.first_y + row) + i % 2);
      output.lines[i] = line != nullptr ? line + channel : nullptr;
    }
    kernels_->transform_output[shape_.kernel - 2](output);
  }
}

template class Winograd<float>;
template class Winograd<BFloat16>;

}  // namespace hilum::model
