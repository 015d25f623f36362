#include "model/untrained.h"

#include <doctest/doctest.h>

#include "model/bundle.h"
#include "model/standard_classes.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

TEST_CASE("untrained: the bundle opens and says that it is untrained") {
  const test::TempDir dir;
  const auto sha256 = write_untrained_bundle(dir / "a", {.width = 2, .window = 32});
  REQUIRE(sha256);
  const auto bundle = ModelBundle::open(dir / "a");
  REQUIRE(bundle);
  CHECK(bundle->sha256() == *sha256);
  CHECK_FALSE(bundle->info().trained);
  CHECK(bundle->info().name == "LA-CAF (untrained)");
  CHECK(bundle->info().segments == standard_segments());
  CHECK(bundle->manifest().provenance.contains("text_embeddings"));
}

TEST_CASE("untrained: the same options give the same bytes, another seed gives others") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a", {.width = 1, .seed = 1, .window = 16}));
  REQUIRE(write_untrained_bundle(dir / "b", {.width = 1, .seed = 1, .window = 16}));
  REQUIRE(write_untrained_bundle(dir / "c", {.width = 1, .seed = 2, .window = 16}));
  CHECK(test::read_file(dir / "a") == test::read_file(dir / "b"));
  CHECK(test::read_file(dir / "a") != test::read_file(dir / "c"));
}

TEST_CASE("untrained: impossible sizes are refused") {
  const test::TempDir dir;
  for (const UntrainedOptions& bad :
       {UntrainedOptions{.width = 0}, UntrainedOptions{.width = 100'000},
        UntrainedOptions{.window = 20}}) {
    const auto written = write_untrained_bundle(dir / "a", bad);
    REQUIRE_FALSE(written);
    CHECK(written.error().code == ErrorCode::kInvalidInput);
  }
}
