#include <doctest/doctest.h>

#include <set>

#include "tests/unit/dicomseg/report_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

namespace {

const SrItem& measurements_in(const SrItem& report) {
  const SrItem* item = report.find("Imaging Measurements");
  REQUIRE(item != nullptr);
  return *item;
}

const SrItem& group_named(const SrItem& report, const std::string& tracking_id) {
  for (const SrItem& group : measurements_in(report).items) {
    if (group.value_of("Tracking Identifier") == tracking_id) return group;
  }
  FAIL("no group " << tracking_id);
  return report;
}

}  // namespace

TEST_CASE("report: a group for each segment refers to it and to the series it was made from") {
  const Reported source;
  const SrItem report = read_sr(source.write());
  CHECK(report.concept_ == "Imaging Measurement Report");
  CHECK(measurements_in(report).items.size() == 4 + 2 + 1);
  for (const WrittenSegment& segment : source.segments) {
    CAPTURE(segment.spec.label);
    const SrItem& group = group_named(report, segment.spec.label);
    CHECK(group.value_of("Tracking Unique Identifier") == segment.tracking_uid);
    CHECK(group.value_of("Finding") == segment.spec.type.meaning);
    const SrItem* site = group.find("Finding Site");
    REQUIRE(site != nullptr);
    CHECK(site->value == "Lung");
    CHECK(site->value_of("Laterality") == segment.spec.type_modifier->meaning);
    const SrItem* image = group.find("Referenced Segment");
    REQUIRE(image != nullptr);
    CHECK(image->value == segment.segmentation.str());
    CHECK(image->unit == UID_SegmentationStorage);
    CHECK(image->segment == segment.number);
    CHECK(group.value_of("Source series for segmentation") ==
          value(source.files[0], DCM_SeriesInstanceUID));
    CHECK(group.find("Volume")->unit == "cm3");
    CHECK(group.find("Volume")->value_of("Measurement Method") ==
          "Sum of segmented voxel method for volume");
    const auto attenuation = group.all("Attenuation Coefficient");
    REQUIRE(attenuation.size() == 2);
    CHECK(attenuation[0]->unit == "[hnsf'U]");
    CHECK(attenuation[0]->value_of("Derivation") == "Mean");
    CHECK(attenuation[1]->value_of("Derivation") == "Standard Deviation");
  }
}

TEST_CASE("report: every measurement names the algorithm and its bundle") {
  const Reported source;
  const SrItem report = read_sr(source.write());
  for (const SrItem& group : measurements_in(report).items) {
    for (const SrItem& item : group.items) {
      if (item.type != "NUM") continue;
      CHECK(item.value_of("Algorithm Name") == "La-CAF");
      CHECK(item.value_of("Algorithm Version") == "0.1.0");
      CHECK(item.value_of("Algorithm Parameters") == "bundle sha256 " + std::string(64, 'a'));
    }
  }
}

TEST_CASE("report: it says who observed, in which language, and lists the images") {
  const Reported source;
  const auto file = source.write();
  const SrItem report = read_sr(file);
  CHECK(report.value_of("Language of Content Item and Descendants") == "English (US)");
  CHECK(report.value_of("Observer Type") == "Device");
  CHECK(report.value_of("Device Observer Manufacturer") == "Hilum");
  CHECK(report.value_of("Procedure reported") == "CT unspecified body region");
  const SrItem* library = report.find("Image Library");
  REQUIRE(library != nullptr);
  REQUIRE(library->items.size() == 1);
  const SrItem& group = library->items[0];
  CHECK(group.value_of("Modality") == "Computed Tomography");
  std::set<std::string> images;
  for (const SrItem& item : group.items) {
    if (item.type == "IMAGE") images.insert(item.value);
  }
  std::set<std::string> expected;
  for (const auto& ct : source.files) expected.insert(value(ct, DCM_SOPInstanceUID));
  CHECK(images == expected);
}

TEST_CASE("report: the evidence is the segmentation and every image, once each") {
  const Reported source;
  const auto evidence = evidence_of(source.write());
  REQUIRE(evidence.size() == 2);
  CHECK(evidence[0].first == source.segments[0].segmentation_series.str());
  CHECK(evidence[0].second == std::vector<std::string>{source.segments[0].segmentation.str()});
  CHECK(evidence[1].first == value(source.files[0], DCM_SeriesInstanceUID));
  std::vector<std::string> expected;
  for (const SourceFrame& frame : source.loaded.frames) expected.push_back(frame.sop.str());
  CHECK(evidence[1].second == expected);
}

TEST_CASE("report: merged classes in objects of their own, one of them a label map") {
  Reported source;
  const std::string label_map_class = "1.2.840.10008.5.1.4.1.1.66.7";
  std::vector<WrittenSegment> merged{source.segments[0], source.segments[1]};
  merged[0].labels = {1, 3};
  merged[0].tracking_id = merged[0].spec.label = "Pulmonary arteries";
  merged[1].labels = {2, 4};
  merged[1].tracking_id = merged[1].spec.label = "Pulmonary veins";
  for (WrittenSegment& segment : merged) {
    segment.spec.type_modifier.reset();
    segment.spec.region_modifier.reset();
    segment.number = 1;
  }
  merged[1].segmentation = source.identity.sop("other");
  merged[1].segmentation_series = source.identity.series("other");
  merged[1].segmentation_class = *SopClassUid::parse(label_map_class);
  source.segments = merged;
  const auto file = source.write();
  const SrItem report = read_sr(file);
  const SrItem& veins = group_named(report, "Pulmonary veins");
  CHECK(veins.find("Referenced Segment")->unit == label_map_class);
  CHECK(veins.find("Referenced Segment")->value == source.identity.sop("other").str());
  CHECK(veins.find("Referenced Segment")->segment == 1);
  CHECK(veins.find("Finding Site")->find("Laterality") == nullptr);
  const SegmentMeasures expected = measured(source.loaded, source.labels, {2, 4});
  CHECK(std::stod(veins.value_of("Volume")) == doctest::Approx(expected.millilitres).epsilon(0.02));
  CHECK(std::stod(veins.all("Attenuation Coefficient")[1]->value) ==
        doctest::Approx(expected.hu->standard_deviation).epsilon(0.001));
  CHECK(evidence_of(file).size() == 3);
}

TEST_CASE("report: a segment without voxels has a volume and no attenuation") {
  const Reported source({}, [](LabelMap& map) {
    for (auto& label : map.label) label = label == 2 ? 0 : label;
  });
  const SrItem report = read_sr(source.write());
  const SrItem& group = group_named(report, "Left pulmonary vein");
  CHECK(group.value_of("Volume") == "0.00");
  CHECK(group.all("Attenuation Coefficient").empty());
  CHECK(group_named(report, "Left lung").all("Artery to vein volume ratio").empty());
}

TEST_CASE("report: it can be written without any segmentation") {
  Reported source;
  source.segments.clear();
  const auto file = source.write();
  CHECK(measurements_in(read_sr(file)).items.size() == 2 + 1);
  CHECK(evidence_of(file).size() == 1);
}

TEST_CASE("report: the same request gives the same bytes, on another day too") {
  const Reported source;
  const auto first = source.write();
  CHECK(read_file(first) == read_file(source.write("again.dcm")));
  CHECK_FALSE(fs::exists(source.dir / "sr.dcm.part"));
  for (const DcmTagKey& tag : {DCM_InstanceCreationDate, DCM_ContentDate, DCM_SeriesDate}) {
    CHECK(value(first, tag).starts_with("202311"));
  }
  // DCMTK makes UIDs of its own under this root.
  CHECK(read_file(first).find("1.2.276.0.7230010.3") == std::string::npos);
}

TEST_CASE("report: what does not fit is refused before anything is written") {
  Reported source;
  const auto refused = [&](const ReportOptions& options = {}) {
    const auto written =
        write_report(source.request(), source.segments, options, source.dir / "no.dcm");
    CHECK_FALSE(fs::exists(source.dir / "no.dcm"));
    return written ? "written" : std::string(to_string(written.error().code));
  };
  CHECK(refused({.series_description = std::string(43, 'x')}) == "invalid-input");
  CHECK(refused({.equipment = {.manufacturer = ""}}) == "invalid-input");
  CHECK(refused({.equipment = {.software_version = "caf\xc3\xa9"}}) == "invalid-input");
  source.segments[1].labels = {5};
  CHECK(refused() == "internal");
  source.segments[1].labels = {};
  CHECK(refused() == "internal");
  source.segments[1].labels = {2};
  source.findings.left.lung_ml = std::nan("");
  CHECK(refused() == "internal");
  source.findings.left.lung_ml = 1;
  source.segments[1].tracking_uid = "x";
  CHECK(refused() == "invalid-input");
}

TEST_CASE("report: a source file that holds another instance by now is a conflict") {
  const Reported source;
  edit_dicom(source.files[2],
             [](DcmDataset& d) { d.putAndInsertString(DCM_SOPInstanceUID, "1.2"); });
  const auto written = write_report(source.request(), source.segments, {}, source.dir / "no.dcm");
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == ErrorCode::kConflict);
}

TEST_CASE("report: settings change with what they name") {
  CHECK(report_settings({}) == report_settings({}));
  CHECK(report_settings({}) != report_settings({.series_number = 7}));
  CHECK(report_settings({}) != report_settings({.equipment = {.software_version = "9"}}));
}
