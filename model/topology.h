#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// Digital topology of a voxel's 3 x 3 x 3 neighbourhood, with objects 26-connected and their
/// background 6-connected.
namespace hilum::model {

/// A subset of a voxel's 26 neighbours. Bit 9 (dz + 1) + 3 (dy + 1) + dx + 1, dz, dy, dx in -1..1,
/// less one beyond the voxel itself, which has no bit.
using Neighbours = std::uint32_t;

inline constexpr int kNeighbours = 26;
inline constexpr Neighbours kAllNeighbours = (Neighbours{1} << kNeighbours) - 1;

/// Offset (dz, dy, dx) of a bit.
constexpr std::array<int, 3> neighbour_offset(int bit) {
  const int cell = bit < 13 ? bit : bit + 1;
  return {cell / 9 - 1, cell / 3 % 3 - 1, cell % 3 - 1};
}

/// Number of 26-connected components of `object`.
int object_components(Neighbours object);

/// Number of 6-connected components of the background among the 18 neighbours that share a face or
/// an edge with the voxel, counting those that touch it with a face.
int background_components(Neighbours object);

/// Whether the object has the same topology (components, holes, cavities) without the voxel:
/// Bertrand and Malandain, Pattern Recognition Letters 15 (1994).
bool is_simple(Neighbours object);

/// Whether the voxel stays simple whichever other voxels of `candidates` are removed before it, so
/// that all such candidates may be removed at once: a P-simple point, Bertrand, C. R. Acad. Sci.
/// Paris I 321 (1995). `candidates` is a subset of `object`; the voxel itself is one.
bool is_simple_among(Neighbours object, Neighbours candidates);

}  // namespace hilum::model
