#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace hilum::test {

/// Sizes of the 26-connected components of one label in voxels, largest first. `size` is (slices,
/// rows, columns).
std::vector<int> components(const std::vector<std::uint8_t>& labels, const std::array<int, 3>& size,
                            std::uint8_t label);

}  // namespace hilum::test
