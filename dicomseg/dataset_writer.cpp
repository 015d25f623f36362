#include "dicomseg/dataset_writer.h"

#include <fmt/format.h>

namespace hilum::dicomseg {

std::string decimal_string(double value) {
  constexpr std::size_t kLongest = 16;
  constexpr int kMostDigits = 15;
  if (value == 0) return "0";  // also for negative zero
  for (int digits = kMostDigits; digits > 0; --digits) {
    std::string text = fmt::format("{:.{}g}", value, digits);
    if (text.size() <= kLongest) return text;
  }
  return "0";
}

}  // namespace hilum::dicomseg
