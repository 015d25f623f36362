#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hilum::admin {

struct SegmentVolume {
  std::string label;
  std::uint64_t voxels = 0;
  double millilitres = 0;
};

/// Segments with their volumes, and their sum, as a table.
std::string result_table(std::span<const SegmentVolume> segments);

}  // namespace hilum::admin
