#include "admin/cli/result_table.h"

#include <fmt/format.h>

#include "admin/cli/table.h"

namespace hilum::admin {

std::string result_table(std::span<const SegmentVolume> segments) {
  Table table({"SEGMENT", "VOLUME", "VOXELS"});
  SegmentVolume total{.label = "total"};
  const auto add = [&](const SegmentVolume& segment) {
    table.add({segment.label, fmt::format("{:8.1f} mL", segment.millilitres),
               fmt::to_string(segment.voxels)});
  };
  for (const SegmentVolume& segment : segments) {
    add(segment);
    total.voxels += segment.voxels;
    total.millilitres += segment.millilitres;
  }
  add(total);
  return table.str(terminal_width());
}

}  // namespace hilum::admin
