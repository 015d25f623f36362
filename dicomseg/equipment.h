#pragma once

#include <string>

namespace hilum::dicomseg {

/// Enhanced General Equipment (PS3.3 C.7.5.2) of our results: who made them, not the scanner.
/// Printable ASCII without backslash.
struct Equipment {
  std::string manufacturer = "Hilum";
  std::string manufacturer_model_name = "Hilum segmentation node";
  std::string device_serial_number = "1";
  std::string software_version = "0.1.0";
};

}  // namespace hilum::dicomseg
