// A configuration file.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)hilum::config::parse_config({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  return 0;
}
