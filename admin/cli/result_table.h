#pragma once

#include <span>
#include <string>

#include "pipeline/domain/ports.h"

namespace hilum::admin {

/// Segments with their volumes, and their sum, as a table.
std::string result_table(std::span<const SegmentVolume> segments);

}  // namespace hilum::admin
