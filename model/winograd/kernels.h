#pragma once

#include <cstddef>

#include "model/bfloat16.h"

namespace hilum::model {

// What `Winograd` computes on vectors, in a version for each instruction set. The files of these
// versions are compiled for processors that the machine may not be, so that nothing which the
// linker could take for another file's (an inline function, a member of a standard class) is used
// in them: hence plain structs and arrays here.
//
// n = kernel's edge + 1 is the edge of an input tile; tiles overlap and are two voxels apart.

/// Input tiles beside each other along z.
template <class T>
struct WinogradInput {
  const T* lines[16];    ///< [n][n], x slowest: lines along z of the cube, from voxel 0; null
                         ///< outside of it
  std::size_t edge;      ///< voxels of a line
  std::size_t channels;  ///< a multiple of the version's lanes
  std::size_t first;     ///< tile; tile t begins at voxel 2 t - 1
  std::size_t count;     ///< tiles
  T* transformed;        ///< [n][n][n][count][channels]
  std::size_t position_stride;  ///< numbers from one of the n^3 to the next
};

/// At one of the n^3 positions: [tiles][in] times [in][block].
template <class T>
struct WinogradProduct {
  const T* transformed;  ///< [tiles][in]
  const T* weight;       ///< [in / group][block][group]
  float* product;        ///< [tiles][block]
  std::size_t tiles;
  std::size_t in;
  std::size_t block;  ///< output channels: the version's block, or one of its vectors
};

/// Output tiles, of 2x2x2 voxels, beside each other along z: some of their channels.
template <class T>
struct WinogradOutput {
  const float* product;         ///< [n][n][n][count][block]
  std::size_t position_stride;  ///< numbers from one of the n^3 to the next
  std::size_t block;            ///< channels of the product
  T* lines[4];                  ///< [2][2], as in the input, from the first of these channels
  std::size_t edge;
  std::size_t channels;  ///< of the cube
  std::size_t first;
  std::size_t count;
};

template <class T>
struct WinogradKernels {
  const char* name;   ///< for people
  std::size_t lanes;  ///< channels in a vector; all counts of channels must be multiples
  std::size_t block;  ///< output channels that are computed together, at most
  std::size_t group;  ///< input channels that one instruction sums up
  /// By the kernel's edge - 2.
  void (*transform_input[2])(const WinogradInput<T>&);
  void (*multiply)(const WinogradProduct<T>&);
  void (*transform_output[2])(const WinogradOutput<T>&);
};

// Run them only on processors that have these instructions (choose_kernels.h).
extern const WinogradKernels<float> kWinogradAvx2;
extern const WinogradKernels<float> kWinogradAvx512;
extern const WinogradKernels<BFloat16> kWinogradAvx512Bf16;

}  // namespace hilum::model
