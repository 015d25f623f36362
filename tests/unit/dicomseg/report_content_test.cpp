#include "dicomseg/report_content.h"

#include <doctest/doctest.h>

#include "tests/unit/dicomseg/report_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

namespace {

std::vector<std::string> names_of(const ReportGroup& group) {
  std::vector<std::string> names;
  for (const auto& m : group.measurements) {
    names.push_back(m.name.meaning + (m.derivation ? ", " + m.derivation->meaning : ""));
  }
  return names;
}

std::string value_in(const ReportGroup& group, const std::string& code) {
  for (const auto& m : group.measurements) {
    if (m.name.value == code) return m.value;
  }
  return {};
}

const ReportGroup* group_of(const ReportContent& content, const std::string& name) {
  for (const ReportGroup& group : content.groups) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

std::vector<std::string> texts_named(const ReportContent& content, const std::string& name) {
  std::vector<std::string> texts;
  for (const auto* list : {&content.notices, &content.remarks}) {
    for (const ReportText& text : *list) {
      if (text.name.meaning == name) texts.push_back(text.text);
    }
  }
  return texts;
}

/// A request without files.
struct Pure {
  LoadedSeries source{};
  LabelMap labels{};
  ModelInfo model = vessel_model();
  Findings findings{};
  ResultIdentity identity{"pure"};
  Pure() {
    for (int i = 0; i < 4; ++i) {
      findings.segments.push_back({.voxels = 10, .millilitres = 6, .hu = {{50, 2}}});
      findings.segments.back().by_cross_section_ml = {1, 2, 3};
    }
    findings.left = {10.0, 5.0, 2000.0};
    findings.right = {9.0, 12.0, std::nullopt};
  }
  [[nodiscard]] ReportContent content(const std::vector<WrittenSegment>& segments = {}) const {
    return make_report_content({source, labels, model, findings, identity, kCreated}, segments);
  }
};

WrittenSegment segment_of(const SegmentSpec& spec, std::vector<int> labels) {
  return {.segmentation = *SopInstanceUid::parse("1.2.3"),
          .segmentation_class = *SopClassUid::parse("1.2.4"),
          .segmentation_series = *SeriesUid::parse("1.2.5"),
          .number = 1,
          .spec = spec,
          .tracking_id = spec.label,
          .tracking_uid = "1.2.6",
          .labels = std::move(labels)};
}

}  // namespace

TEST_CASE("report content: labels united are measured as if they had been one") {
  const Reported source;
  for (const std::vector<int>& labels :
       {std::vector<int>{1}, std::vector<int>{1, 3}, std::vector<int>{4, 2, 1, 3}}) {
    CAPTURE(labels.size());
    const SegmentMeasures expected = measured(source.loaded, source.labels, labels);
    const SegmentMeasures got = united(source.findings, labels);
    CHECK(got.voxels == expected.voxels);
    CHECK(got.millilitres == doctest::Approx(expected.millilitres));
    REQUIRE(got.hu.has_value());
    CHECK(got.hu->mean == doctest::Approx(expected.hu->mean));
    CHECK(got.hu->standard_deviation == doctest::Approx(expected.hu->standard_deviation));
    for (std::size_t i = 0; i < kCrossSections; ++i) {
      CHECK(got.by_cross_section_ml[i] == doctest::Approx(expected.by_cross_section_ml[i]));
    }
  }
}

TEST_CASE("report content: an empty label changes nothing, and alone it has no attenuation") {
  Findings findings;
  findings.segments.resize(2);
  findings.segments[1] = {.voxels = 8, .millilitres = 2, .hu = {{-40, 3}}};
  CHECK(united(findings, std::vector<int>{1, 2}).hu->mean == doctest::Approx(-40));
  CHECK(united(findings, std::vector<int>{1, 2}).hu->standard_deviation == doctest::Approx(3));
  CHECK_FALSE(united(findings, std::vector<int>{1}).hu.has_value());
}

TEST_CASE("report content: a segment is measured with volume, attenuation and cross-sections") {
  Pure pure;
  const auto content = pure.content({segment_of(pure.model.segments[0], {1})});
  const ReportGroup& group = content.groups.at(0);
  CHECK(names_of(group) ==
        std::vector<std::string>{"Volume", "Attenuation Coefficient, Mean",
                                 "Attenuation Coefficient, Standard Deviation",
                                 "Volume, cross-section below 5 mm2 (BV5)",
                                 "Volume, cross-section 5 to below 10 mm2 (BV5-10)",
                                 "Volume, cross-section from 10 mm2 (BV>10)"});
  CHECK(value_in(group, "118565006") == "6.00");
  CHECK(value_in(group, "BV10") == "3.00");
  CHECK(group.finding->meaning == "Pulmonary artery");
  CHECK(group.site->meaning == "Lung");
  CHECK(group.laterality->meaning == "Left");
  CHECK(group.segment == 0);
}

TEST_CASE("report content: a segment without voxels has a volume of 0 and no attenuation") {
  Pure pure;
  pure.findings.segments[0] = {};
  const auto content = pure.content({segment_of(pure.model.segments[0], {1})});
  CHECK(value_in(content.groups.at(0), "118565006") == "0.00");
  CHECK(value_in(content.groups.at(0), "112031").empty());
}

TEST_CASE("report content: numbers are never a negative zero") {
  Pure pure;
  pure.findings.segments[0].hu = {{-0.01, 0.0}};
  const auto content = pure.content({segment_of(pure.model.segments[0], {1})});
  CHECK(value_in(content.groups.at(0), "112031") == "0.0");
}

TEST_CASE("report content: a segment without side has a site without laterality") {
  Pure pure;
  SegmentSpec spec = pure.model.segments[0];
  spec.label = "Pulmonary arteries";
  spec.type_modifier.reset();
  spec.region_modifier.reset();
  const auto content = pure.content({segment_of(spec, {1, 3})});
  CHECK(content.groups[0].site->meaning == "Lung");
  CHECK_FALSE(content.groups[0].laterality.has_value());
  CHECK(value_in(content.groups[0], "118565006") == "12.00");
  spec.anatomic_region.reset();
  CHECK(pure.content({segment_of(spec, {1})}).groups[0].site->meaning == "Lung");
  spec.type = {"15825003", "SCT", "Aorta"};
  CHECK_FALSE(pure.content({segment_of(spec, {1})}).groups[0].site.has_value());
}

TEST_CASE("report content: each lung with arteries, veins, their ratio, and itself where known") {
  Pure pure;
  const auto content = pure.content();
  const ReportGroup& left = *group_of(content, "Left lung");
  CHECK(value_in(left, "ARTERY-VOLUME") == "10.00");
  CHECK(value_in(left, "VEIN-VOLUME") == "5.00");
  CHECK(value_in(left, "AV-RATIO") == "2.00");
  CHECK(value_in(left, "LUNG-VOLUME") == "2000.00");
  CHECK(left.laterality->meaning == "Left");
  const ReportGroup& right = *group_of(content, "Right lung");
  CHECK(value_in(right, "AV-RATIO") == "0.75");
  CHECK(value_in(right, "LUNG-VOLUME").empty());
  CHECK(value_in(*group_of(content, "All segments"), "TOTAL-VOLUME") == "24.00");
  CHECK(left.tracking_uid != right.tracking_uid);
}

TEST_CASE("report content: no ratio without veins, and nothing of what the model does not tell") {
  Pure pure;
  pure.findings.left = {10.0, 0.0, std::nullopt};
  CHECK(value_in(*group_of(pure.content(), "Left lung"), "AV-RATIO").empty());
  CHECK(value_in(*group_of(pure.content(), "Left lung"), "VEIN-VOLUME") == "0.00");
  for (SegmentSpec& spec : pure.model.segments) {
    spec.type_modifier.reset();
    spec.region_modifier.reset();
  }
  CHECK(group_of(pure.content(), "Left lung") == nullptr);
  pure.findings.left.lung_ml = 1.0;
  CHECK(names_of(*group_of(pure.content(), "Left lung")) ==
        std::vector<std::string>{"Lung volume"});
}

TEST_CASE("report content: doubts and notes are told, and that there is no doubt") {
  Pure pure;
  CHECK(texts_named(pure.content(), "Doubt").empty());
  CHECK(texts_named(pure.content(), "Automatic checks").size() == 1);
  pure.findings.doubts = {{DoubtKind::kSidesSwapped, "Sides look swapped"},
                          {DoubtKind::kFieldOfViewCut, "The lungs are cut"}};
  pure.source.notes = {"1 instance left out", "caf\xc3\xa9\n"};
  const ReportContent content = pure.content();
  CHECK(texts_named(content, "Doubt") ==
        std::vector<std::string>{"Sides look swapped", "The lungs are cut"});
  CHECK(texts_named(content, "Automatic checks").empty());
  CHECK(texts_named(content, "Note on the source") ==
        std::vector<std::string>{"1 instance left out", "caf???"});
}

TEST_CASE(
    "report content: it says that it is not for clinical use, and that a model is untrained") {
  Pure pure;
  const std::string research = "Research software: not for clinical use";
  CHECK(texts_named(pure.content(), "Intended use") == std::vector<std::string>{research});
  pure.model.trained = false;
  CHECK(texts_named(pure.content(), "Intended use") ==
        std::vector<std::string>{"UNTRAINED TEST MODEL", research});
}
