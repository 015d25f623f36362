#include "tests/support/marker_segmenter.h"

#include <doctest/doctest.h>

using namespace hilum;

TEST_CASE("marker_segmenter: exactly 2001..2004 HU are labels 1..4") {
  test::MarkerSegmenter segmenter;
  JobLog log;
  Volume volume;
  volume.geometry.size = {1, 2, 4};
  volume.hu = {2000, 2001, 2002, 2003, 2004, 2005, -2001, 0};
  double progress = 0;
  const auto labels = segmenter.segment(volume, log, [&](double f) { progress = f; }, {});
  REQUIRE(labels);
  CHECK(labels->label == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 0, 0, 0});
  CHECK(labels->geometry.size == volume.geometry.size);
  CHECK(progress == 1);
  CHECK(segmenter.info().segments.size() == 4);
}
