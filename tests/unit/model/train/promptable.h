#pragma once

#include <doctest/doctest.h>

#include <utility>

#include "model/train/network_start.h"

namespace hilum::test {

/// A small untrained network whose text tower learns with it.
inline model::train::NetworkStart promptable() {
  auto start = model::train::fresh_network({.width = 2,
                                            .window = 16,
                                            .seed = 1,
                                            .text_from = nullptr,
                                            .text = model::train::TextTraining::kTower});
  DOCTEST_REQUIRE(start);
  return std::move(*start);
}

}  // namespace hilum::test
