#include "dicomseg/seg_layout.h"

#include <doctest/doctest.h>

#include "tests/unit/dicomseg/synthetic.h"

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

using Rgb = std::array<std::uint8_t, 3>;
constexpr Rgb kSlicerArtery{0, 122, 171};
constexpr Rgb kSlicerVein{186, 77, 64};

}  // namespace

TEST_CASE("seg layout: one object with the classes of the model, unless the profile says else") {
  const ModelInfo model = test::vessel_model();
  const auto layouts = seg_layouts(model, {});
  REQUIRE(layouts.size() == 1);
  CHECK(layouts[0].name == "seg");
  CHECK(layouts[0].title.empty());
  REQUIRE(layouts[0].segments.size() == 4);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(layouts[0].segments[k].spec == model.segments[k]);
    CHECK(layouts[0].segments[k].labels == std::vector<int>{static_cast<int>(k) + 1});
  }
  CHECK(seg_layouts(model, {.segmentation = ViewerProfile::Segmentation::kNone}).empty());
}

TEST_CASE("seg layout: one object per class, each with a name, and Segment Number 1") {
  const ModelInfo model = test::vessel_model();
  const auto layouts = seg_layouts(model, {.objects = ViewerProfile::Objects::kPerClass});
  REQUIRE(layouts.size() == 4);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(layouts[k].name == "seg/" + std::to_string(k + 1));
    CHECK(layouts[k].title == model.segments[k].label);
    REQUIRE(layouts[k].segments.size() == 1);
    SegmentOfLabel expected{};
    expected[k + 1] = 1;
    CHECK(layouts[k].segment_of_label() == expected);
  }
}

TEST_CASE("seg layout: merged classes have no side, and colours of their own") {
  const auto layouts =
      seg_layouts(test::vessel_model(), {.classes = ViewerProfile::Classes::kMerged});
  REQUIRE(layouts.size() == 1);
  REQUIRE(layouts[0].segments.size() == 2);
  const SegmentLayout& arteries = layouts[0].segments[0];
  const SegmentLayout& veins = layouts[0].segments[1];
  CHECK(arteries.spec.label == "Pulmonary arteries");
  CHECK(arteries.labels == std::vector{1, 3});
  CHECK(arteries.spec.rgb == kSlicerArtery);
  CHECK(arteries.spec.type.value == "81040000");
  CHECK_FALSE(arteries.spec.type_modifier);
  CHECK_FALSE(arteries.spec.region_modifier);
  CHECK(veins.spec.label == "Pulmonary veins");
  CHECK(veins.labels == std::vector{2, 4});
  CHECK(veins.spec.rgb == kSlicerVein);
}

TEST_CASE("seg layout: a class that is alone of its vessel, or no vessel, keeps its name") {
  ModelInfo model = test::vessel_model();
  SegmentSpec airway = model.segments[0];
  airway.label = "Airways";
  airway.type = {"44567001", "SCT", "Trachea"};
  model.segments = {airway, model.segments[3], model.segments[0], model.segments[1]};
  const auto layouts = seg_layouts(model, {.classes = ViewerProfile::Classes::kMerged});
  REQUIRE(layouts[0].segments.size() == 3);
  CHECK(layouts[0].segments[0].spec == model.segments[2]);
  CHECK(layouts[0].segments[1].spec.label == "Pulmonary veins");
  CHECK(layouts[0].segments[1].labels == std::vector{2, 4});
  CHECK(layouts[0].segments[2].spec == airway);
}

TEST_CASE("seg layout: colours are swapped between artery and vein of a side") {
  const ModelInfo model = test::vessel_model();
  const auto swapped = seg_layouts(model, {.colours = ViewerProfile::Colours::kArteriesRed});
  const auto& segments = swapped[0].segments;
  CHECK(segments[0].spec.rgb == model.segments[1].rgb);
  CHECK(segments[1].spec.rgb == model.segments[0].rgb);
  CHECK(segments[2].spec.rgb == model.segments[3].rgb);
  CHECK(segments[3].spec.rgb == model.segments[2].rgb);
  CHECK(segments[0].spec.label == model.segments[0].label);

  const auto merged = seg_layouts(model, {.classes = ViewerProfile::Classes::kMerged,
                                          .colours = ViewerProfile::Colours::kArteriesRed});
  CHECK(merged[0].segments[0].spec.rgb == kSlicerVein);
  CHECK(merged[0].segments[1].spec.rgb == kSlicerArtery);

  ModelInfo arteries = model;
  arteries.segments = {model.segments[0]};
  const auto alone = seg_layouts(arteries, {.colours = ViewerProfile::Colours::kArteriesRed});
  CHECK(alone[0].segments[0].spec.rgb == kSlicerVein);
}
