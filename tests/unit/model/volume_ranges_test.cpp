#include "model/volume_ranges.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/bundle.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;
using nlohmann::json;

namespace {

struct RangesFixture {
  test::TempDir dir;
  VolumeRangesRequest request{
      .bundle = dir / "a.safetensors", .report = dir / "report.json", .margin = 2, .out = {}};

  RangesFixture() {
    UntrainedOptions options;
    options.width = 4;
    REQUIRE(write_untrained_bundle(request.bundle, options));
  }
  [[nodiscard]] ModelBundle bundle() const {
    auto opened = ModelBundle::open(request.bundle);
    REQUIRE(opened);
    return *std::move(opened);
  }
  /// Cases of the classes' volumes in mL, in the bundle's order.
  void report(const std::vector<std::vector<double>>& volumes) const {
    json cases = json::array({{{"ct", "one"}, {"failed", "no memory"}}});
    for (const auto& one : volumes) {
      json classes = json::array();
      for (std::size_t k = 0; k < one.size(); ++k) {
        classes.push_back(
            {{"label", bundle().manifest().classes[k].segment.label}, {"predicted_ml", one[k]}});
      }
      cases.push_back({{"ct", "one"}, {"classes", classes}});
    }
    std::ofstream(request.report) << json{{"bundle_sha256", bundle().sha256()},
                                          {"summary", {{"scores_are", "synthetic"}}},
                                          {"cases", cases}};
  }
  std::string refusal() const {
    const auto ranges = set_volume_ranges(request);
    REQUIRE_FALSE(ranges);
    return ranges.error().message;
  }
};

}  // namespace

TEST_CASE_FIXTURE(RangesFixture, "volume ranges: from the smallest to the largest, with a margin") {
  const ModelBundle before = bundle();
  report({{10, 20, 30, 40}, {12, 8, 30, 0}, {20, 9, 33.33, 44}});
  const auto ranges = set_volume_ranges(request);
  REQUIRE_MESSAGE(ranges, ranges.error().message);
  CHECK(ranges->cases == 3);
  const ModelBundle after = bundle();
  CHECK(after.sha256() == ranges->sha256);
  CHECK(after.sha256() != before.sha256());
  const auto& classes = after.manifest().classes;
  CHECK(classes[0].volume_ml == VolumeRange{5, 40});
  CHECK(classes[1].volume_ml == VolumeRange{4, 40});
  CHECK(classes[2].volume_ml == VolumeRange{15, 66.7});
  CHECK(classes[3].volume_ml == VolumeRange{20, 88});  // not found once: no least volume
  CHECK(after.manifest().provenance.at("volume_ranges").find("3 synthetic cases") !=
        std::string::npos);
  CHECK(std::ranges::equal(after.tensor("controller.weight"), before.tensor("controller.weight")));

  Manifest forgotten = after.manifest();
  forget_volume_ranges(forgotten);
  CHECK(forgotten.classes == before.manifest().classes);
  CHECK(forgotten.provenance == before.manifest().provenance);
}

TEST_CASE_FIXTURE(RangesFixture, "volume ranges: what does not fit is refused with the reason") {
  CHECK(refusal().find("cannot open") != std::string::npos);
  std::ofstream(request.report) << "not JSON";
  CHECK(refusal().find("not a report") != std::string::npos);
  report({{10, 20, 0, 40}});
  CHECK(refusal().find("was found in none of its cases") != std::string::npos);
  report({{10, 20, 30, 40}});
  request.margin = 1;
  CHECK(refusal().find("margin") != std::string::npos);
  request.margin = 2;
  REQUIRE(set_volume_ranges(request));
  // Now the bundle is another one.
  CHECK(refusal().find("evaluate this one first") != std::string::npos);
}
