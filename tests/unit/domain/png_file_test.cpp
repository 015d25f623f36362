#include "pipeline/domain/png_file.h"

#include <doctest/doctest.h>

#include "tests/support/temp_dir.h"

using namespace hilum;

TEST_CASE("png file: files have the size of the picture") {
  const test::TempDir dir;
  const RgbImage image{3, 2, std::vector<std::uint8_t>(18, 77)};
  REQUIRE(write_png(image, dir / "a.png"));
  const std::string bytes = test::read_file(dir / "a.png");
  CHECK(bytes.substr(1, 3) == "PNG");
  CHECK(bytes[19] == 3);
  CHECK(bytes[23] == 2);
  CHECK(write_png({}, dir / "b.png").error().code == ErrorCode::kInvalidInput);
  CHECK(write_png(image, dir / "none" / "c.png").error().code == ErrorCode::kUnavailable);
}
