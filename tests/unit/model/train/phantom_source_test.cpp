#include "model/train/phantom_source.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace hilum::model::train;

TEST_CASE("phantom_source: a volume labels classes and neighbours, and windows meet the vessels") {
  const auto source =
      phantom_source({.volumes = 3, .first_seed = 41, .preprocess = {.threads = 1}});
  CHECK(source->count() == 3);
  CHECK(source->labels() == 8);
  CHECK(source->description().find("synthetic") != std::string::npos);
  const auto sample = source->get(1);
  REQUIRE(sample);
  std::array<int, 9> voxels{};
  for (const std::uint8_t label : (*sample)->label) {
    REQUIRE(label <= 8);
    ++voxels[label];
  }
  for (std::size_t label = 1; label <= 8; ++label) {
    CAPTURE(label);
    CHECK(voxels[label] > 500);
  }
  CHECK((*sample)->labelled.size() == 8);
  CHECK(std::ranges::all_of((*sample)->vessels, [&](std::uint32_t at) {
    return (*sample)->label[at] >= 1 && (*sample)->label[at] <= 4;
  }));
  CHECK(static_cast<int>((*sample)->vessels.size()) ==
        voxels[1] + voxels[2] + voxels[3] + voxels[4]);
}

TEST_CASE("phantom_source: other seeds are other data") {
  const auto identity = [](std::uint64_t seed) {
    return phantom_source({.volumes = 3, .first_seed = seed, .preprocess = {}})->identity();
  };
  CHECK(identity(1) != identity(2));
  CHECK(identity(1) == identity(1));
}
