#include "tests/unit/phantom/population.h"

#include <future>

#include "model/phantom/phantom.h"
#include "tests/unit/phantom/components.h"

namespace hilum::test {
namespace {

using namespace phantom;

std::array<std::vector<int>, 5> components_of(const Anatomy& anatomy, const VesselPieces& pieces) {
  const Lattice grid{240, 200, 200, 1.5, {-179.25, -141.25, -171.25}};  // the usual window
  const VesselLayers layers =
      draw_vessels(grid, pieces, anatomy.plan, {thinnest_label_mm({}), anatomy.left_atrium});
  std::array<std::vector<int>, 5> sizes;
  for (std::uint8_t label = kLeftArtery; label <= kRightVein; ++label) {
    sizes[label] = components(layers.label, {grid.nz, grid.ny, grid.nx}, label);
  }
  return sizes;
}

Member grow(std::uint64_t seed) {
  const Anatomy anatomy = build_anatomy(seed);
  VascularTrees trees = grow_vascular_trees(anatomy, seed);
  const VesselPieces pieces = vessel_pieces(trees, anatomy.plan, seed);
  Member member{seed, anatomy.plan, measure(anatomy, trees, pieces), std::move(trees.artery), {}};
  if (seed % 3 == 0) member.components = components_of(anatomy, pieces);
  return member;
}

}  // namespace

const std::vector<Member>& population() {
  static const std::vector<Member> members = [] {
    constexpr std::uint64_t kFirst = 300;
    constexpr std::uint64_t kCount = 20;
    std::vector<Member> all;
    for (std::uint64_t seed = kFirst; seed < kFirst + kCount; seed += 2) {
      std::future<Member> other = std::async(std::launch::async, grow, seed + 1);
      all.push_back(grow(seed));
      all.push_back(other.get());
    }
    return all;
  }();
  return members;
}

}  // namespace hilum::test
