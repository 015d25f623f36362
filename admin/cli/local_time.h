#pragma once

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <string>

#include "pipeline/domain/series.h"

namespace hilum::admin {

/// "2026-01-31 13:45:00" in this computer's time zone.
inline std::string local_time(Time time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(seconds));
}

}  // namespace hilum::admin
