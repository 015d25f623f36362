#include <doctest/doctest.h>

#include "model/prompt.h"
#include "model/segmenter.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

TEST_CASE("segmenter: a build without LibTorch says so") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "bundle", {.width = 1, .window = 16}));
  const auto bundle = ModelBundle::open(dir / "bundle");
  REQUIRE(bundle);
  const auto segmenter = make_segmenter(*bundle);
  REQUIRE_FALSE(segmenter);
  CHECK(segmenter.error().code == ErrorCode::kUnsupported);
  CHECK(segmenter.error().message.find("LibTorch") != std::string::npos);
}

TEST_CASE("prompt: a build without LibTorch says so") {
  const test::TempDir dir;
  const auto changed = reprompt({dir / "bundle", "Left pulmonary vein", "veins", {}});
  REQUIRE_FALSE(changed);
  CHECK(changed.error().code == ErrorCode::kUnsupported);
  CHECK(changed.error().message.find("HILUM_WITH_TORCH") != std::string::npos);
}
