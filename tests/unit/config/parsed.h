#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "config/config.h"

/// Configurations from texts that are, or are not, valid.
namespace hilum::test {

using namespace hilum::config;

/// Three lines that make any configuration below valid as far as peers are concerned.
inline const std::string kPeer = "[[peer]]\nname = \"pacs\"\nae_title = \"PACS\"\n";
inline const std::string kPacs = kPeer + "host = \"h\"\nport = 104\n";

inline Config parsed(const std::string& text) {
  auto config = parse_config(text, "t.toml");
  REQUIRE_MESSAGE(config, config.error().message);
  return std::move(*config);
}

inline std::string refusal(const std::string& text) {
  CAPTURE(text);
  const auto config = parse_config(text, "t.toml");
  REQUIRE_FALSE(config);
  CHECK(config.error().code == ErrorCode::kInvalidInput);
  return config.error().message;
}

}  // namespace hilum::test
