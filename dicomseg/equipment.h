#pragma once

#include <cstddef>
#include <string>

namespace hilum::dicomseg {

/// Longest first part of a Series Description: leaves room for the marks "CHECK: ", "UNTRAINED TEST
/// MODEL" and "not for clinical use" in 64 characters.
inline constexpr std::size_t kMaxSeriesDescription = 35;

/// Enhanced General Equipment (PS3.3 C.7.5.2) of our results: who made them, not the scanner.
/// Printable ASCII without backslash.
struct Equipment {
  std::string manufacturer = "Hilum";
  std::string manufacturer_model_name = "Hilum segmentation node";
  std::string device_serial_number = "1";
  std::string software_version = "0.1.0";
};

}  // namespace hilum::dicomseg
