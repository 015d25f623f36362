#include "model/topology.h"

#include <bit>
#include <cstdlib>

namespace hilum::model {
namespace {

constexpr Neighbours bit_of(int index) { return Neighbours{1} << index; }

constexpr int manhattan(const std::array<int, 3>& a) {
  int sum = 0;
  for (const int v : a) sum += v < 0 ? -v : v;
  return sum;
}

constexpr std::array<int, 3> difference(int a, int b) {
  const auto u = neighbour_offset(a);
  const auto v = neighbour_offset(b);
  return {u[0] - v[0], u[1] - v[1], u[2] - v[2]};
}

/// The neighbours that share a face (6) or a face or an edge (18) with the voxel.
constexpr Neighbours within(int distance) {
  Neighbours set = 0;
  for (int i = 0; i < kNeighbours; ++i) {
    if (manhattan(neighbour_offset(i)) <= distance) set |= bit_of(i);
  }
  return set;
}
constexpr Neighbours kFaces = within(1);
constexpr Neighbours kFacesAndEdges = within(2);

using Adjacency = std::array<Neighbours, kNeighbours>;

constexpr Adjacency touching() {
  Adjacency table{};
  for (int i = 0; i < kNeighbours; ++i) {
    for (int k = 0; k < kNeighbours; ++k) {
      bool near = i != k;
      for (const int d : difference(i, k)) near = near && d >= -1 && d <= 1;
      if (near) table[static_cast<std::size_t>(i)] |= bit_of(k);
    }
  }
  return table;
}

constexpr Adjacency sharing_a_face() {
  Adjacency table{};
  for (int i = 0; i < kNeighbours; ++i) {
    for (int k = 0; k < kNeighbours; ++k) {
      if (manhattan(difference(i, k)) == 1) table[static_cast<std::size_t>(i)] |= bit_of(k);
    }
  }
  return table;
}

constexpr Adjacency kTouching = touching();
constexpr Adjacency kSharingAFace = sharing_a_face();

/// The connected component of `set` that holds its bit `start`.
Neighbours component(Neighbours set, int start, const Adjacency& adjacent) {
  Neighbours found = bit_of(start);
  Neighbours fresh = found;
  while (fresh != 0) {
    const int i = std::countr_zero(fresh);
    fresh &= fresh - 1;
    const Neighbours more = adjacent[static_cast<std::size_t>(i)] & set & ~found;
    found |= more;
    fresh |= more;
  }
  return found;
}

/// For the neighbour `face` that is a candidate too: whether some unit square of the voxel, that
/// neighbour and two voxels of the background exists.
bool has_background_square(int face, Neighbours background) {
  const auto towards = neighbour_offset(face);
  for (int side = 0; side < kNeighbours; ++side) {
    const auto sideways = neighbour_offset(side);
    if (manhattan(sideways) != 1 || (background & bit_of(side)) == 0) continue;
    for (int corner = 0; corner < kNeighbours; ++corner) {
      const auto at = neighbour_offset(corner);
      const bool square = at[0] == towards[0] + sideways[0] && at[1] == towards[1] + sideways[1] &&
                          at[2] == towards[2] + sideways[2];
      if (square && (background & bit_of(corner)) != 0) return true;
    }
  }
  return false;
}

}  // namespace

int object_components(Neighbours object) {
  int count = 0;
  while (object != 0) {
    object &= ~component(object, std::countr_zero(object), kTouching);
    ++count;
  }
  return count;
}

int background_components(Neighbours object) {
  const Neighbours background = ~object & kFacesAndEdges;
  Neighbours faces = background & kFaces;
  int count = 0;
  while (faces != 0) {
    faces &= ~component(background, std::countr_zero(faces), kSharingAFace);
    ++count;
  }
  return count;
}

bool is_simple(Neighbours object) {
  return object_components(object) == 1 && background_components(object) == 1;
}

bool is_simple_among(Neighbours object, Neighbours candidates) {
  const Neighbours kept = object & ~candidates;
  if (object_components(kept) != 1 || background_components(object) != 1) return false;
  for (Neighbours left = candidates; left != 0; left &= left - 1) {
    if ((kTouching[static_cast<std::size_t>(std::countr_zero(left))] & kept) == 0) return false;
  }
  for (Neighbours left = candidates & kFaces; left != 0; left &= left - 1) {
    if (!has_background_square(std::countr_zero(left), ~object & kAllNeighbours)) return false;
  }
  return true;
}

}  // namespace hilum::model
