#include <doctest/doctest.h>

#include <sstream>

#include "tests/unit/dicomseg/hospital_patients.h"
#include "tests/unit/dicomseg/report_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

namespace {

/// dciodvfy knows no private coding scheme, however well it is identified.
bool about_private_scheme(const std::string& complaint) {
  return complaint.ends_with("Unrecognized defined term = <99HILUM>") ||
         complaint.find("/CodingSchemeUID(0008,010c)") != std::string::npos;
}

/// dcentvfy says it of any image beside any structured report, even with nothing else in it.
bool about_structured_reports(const std::string& complaint) {
  return complaint.find("Element=<AccessionNumber> IE <Series> versus <Study>") !=
         std::string::npos;
}

/// dciodvfy complains about the report only where it does about the source, whose patient and study
/// it takes over; dcentvfy finds source, segmentation and report in agreement.
void check_valid_report(const fs::path& report, const Reported& source) {
  if (!installed("dciodvfy") || !installed("dcentvfy")) {
    MESSAGE("dciodvfy or dcentvfy is not installed");
    return;
  }
  const auto known = complaints_of_dciodvfy(source.files[0]);
  for (const std::string& complaint : complaints_of_dciodvfy(report)) {
    CAPTURE(complaint);
    const bool new_one = std::find(known.begin(), known.end(), complaint) == known.end();
    CHECK((!new_one || about_private_scheme(complaint)));
  }
  std::string files;
  for (const auto& file : source.files) files.append(" ").append(file.string());
  std::istringstream output(
      run_command("dcentvfy" + files + " " + source.seg.string() + " " + report.string()).output);
  for (std::string line; std::getline(output, line);) {
    CAPTURE(line);
    CHECK((line.empty() || about_structured_reports(line)));
  }
}

/// Every number (of measurements) and every text (of evaluations), in the order of the document.
void collect(const SrItem& item, std::vector<std::string>& numbers,
             std::vector<std::string>& texts) {
  if (item.concept_ == "Image Library") return;
  if (item.type == "NUM") numbers.push_back(item.value);
  if (item.concept_ == "Qualitative Evaluations") {
    for (const SrItem& text : item.items) texts.push_back(text.concept_ + ": " + text.value);
  }
  for (const SrItem& child : item.items) collect(child, numbers, texts);
}

/// The values of the rows of a rendered report.
std::vector<std::string> numbers_in(const std::string& text) {
  std::vector<std::string> numbers;
  std::istringstream lines(text);
  bool in_group = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ") && in_group) {
      std::istringstream value_and_unit(line.substr(53));
      value_and_unit >> numbers.emplace_back();
    } else if (!line.starts_with("  ")) {
      in_group = line.find(": ") == std::string::npos;  // a heading, not a text
    }
  }
  return numbers;
}

std::string without_line_breaks(const std::string& text) {
  std::string one;
  for (const char c : text) {
    if (c == '\n') {
      one += ' ';
    } else if (c != ' ' || one.empty() || one.back() != ' ') {
      one += c;
    }
  }
  return one;
}

}  // namespace

TEST_CASE("report: the object is valid") {
  const Reported source;
  const auto file = source.write();
  check_valid_report(file, source);
  CHECK(value(file, DCM_SOPClassUID) == UID_Comprehensive3DSRStorage);
  CHECK(value(file, DCM_SOPInstanceUID) == source.identity.sop("report").str());
  CHECK(value(file, DCM_SeriesInstanceUID) == source.identity.series("report").str());
  CHECK(value(file, DCM_Modality) == "SR");
  CHECK(value(file, DCM_SeriesNumber) == "9002");
  CHECK(value(file, DCM_SeriesDescription) ==
        "Pulmonary vessel measurements (AI), not for clinical use");
  CHECK(value(file, DCM_VerificationFlag) == "UNVERIFIED");
  CHECK(value(file, DCM_CompletionFlag) == "COMPLETE");
  CHECK(value(file, DCM_Manufacturer) == "Hilum");
  CHECK(value(file, DCM_SoftwareVersions) == "0.1.0");
}

TEST_CASE("report: the object is valid with doubts, notes, an untrained model, an empty segment") {
  Reported source({}, [](LabelMap& map) {
    for (auto& label : map.label) label = label == 4 ? 0 : label;
  });
  source.model.trained = false;
  source.loaded.notes = {"3 localizer plane(s) left out"};
  source.findings.doubts = {{DoubtKind::kClassMissing, "Right pulmonary vein: no voxels (0 ml)"}};
  const auto file = source.write();
  check_valid_report(file, source);
  CHECK(value(file, DCM_SeriesDescription) ==
        "CHECK: UNTRAINED TEST MODEL Pulmonary vessel measurements (AI)");
}

TEST_CASE("report: patient and study are those of the source, byte for byte") {
  for (const CtSeriesOptions& patient : hospital_patients()) {
    CAPTURE(patient.character_set);
    Reported source(patient);
    add_hospital_attributes(source.files);
    source.seg = source.encode();  // of the source as it is now
    const auto file = source.write();
    check_hospital_attributes(file, source.files[0]);
    check_valid_report(file, source);
  }
}

TEST_CASE("report: UIDs with leading zeros are kept") {
  Reported source;
  for (std::size_t i = 0; i < source.files.size(); ++i) {
    edit_dicom(source.files[i], [&](DcmDataset& d) {
      d.putAndInsertString(DCM_SOPInstanceUID, ("1.2.03.00" + std::to_string(i + 1)).c_str());
      d.putAndInsertString(DCM_StudyInstanceUID, "1.2.03.4");
      d.putAndInsertString(DCM_SeriesInstanceUID, "1.2.03.5");
      d.putAndInsertString(DCM_FrameOfReferenceUID, "1.2.03.6");
    });
  }
  source.loaded = load(source.files);
  const auto file = source.write();
  CHECK(value(file, DCM_StudyInstanceUID) == "1.2.03.4");
  const auto evidence = evidence_of(file);
  REQUIRE(evidence.size() == 2);
  CHECK(evidence[1].first == "1.2.03.5");
  CHECK(evidence[1].second.at(0) == "1.2.03.001");
  const SrItem report = read_sr(file);
  const SrItem& library = report.find("Image Library")->items.at(0);
  CHECK(library.value_of("Frame of Reference UID") == "1.2.03.6");
  CHECK(library.items.back().value.starts_with("1.2.03.00"));
  CHECK(
      report.find("Imaging Measurements")->items.at(0).value_of("Source series for segmentation") ==
      "1.2.03.5");
}

TEST_CASE("report: a multi-frame source is one image") {
  const TempDir dir;
  const Volume volume = numbered_volume(geometry_of(grids()[0], {5, 8, 8}));
  const LoadedSeries loaded = load({write_enhanced_ct(volume, dir / "ct.dcm")});
  const LabelMap labels = some_labels(loaded.volume.geometry, 4);
  const ModelInfo model = vessel_model();
  const Findings findings = findings_of(loaded, labels);
  const ResultIdentity identity("enhanced");
  const ResultRequest request{loaded, labels, model, findings, identity, kCreated};
  const auto written = write_report(request, {}, {}, dir / "sr.dcm");
  REQUIRE(written.has_value());
  const auto evidence = evidence_of(written->file);
  REQUIRE(evidence.size() == 1);
  CHECK(evidence[0].second == std::vector<std::string>{loaded.frames[0].sop.str()});
}

TEST_CASE("report: the rendered text says the same numbers and words") {
  Reported source;
  source.loaded.notes = {"3 localizer plane(s) left out"};
  source.findings.doubts = {{DoubtKind::kImplausibleVolume, "Left pulmonary artery: 0.1 ml"}};
  const std::string text = render_text(source.content());
  const SrItem report = read_sr(source.write());
  std::vector<std::string> numbers;
  std::vector<std::string> texts;
  collect(report, numbers, texts);
  CHECK(numbers.size() == 4 * 6 + 4 + 3 + 4);
  CHECK(numbers_in(text) == numbers);
  CHECK(texts.size() == 4);
  for (const std::string& one : texts) {
    CHECK(without_line_breaks(text).find(one) != std::string::npos);
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
}

TEST_CASE("report: DCMTK's tools show what the rendered text says") {
  if (!installed("dsrdump") || !installed("dsr2html")) {
    MESSAGE("dsrdump or dsr2html is not installed");
    return;
  }
  const Reported source;
  const auto file = source.write();
  const ReportContent content = source.content();
  for (const std::string& tool : {std::string("dsrdump +Pl"), std::string("dsr2html")}) {
    CAPTURE(tool);
    const auto shown = run_command(tool + " " + file.string());
    CHECK(shown.exit_status == 0);
    CHECK(shown.output.find("W: ") == std::string::npos);
    CHECK(shown.output.find("E: ") == std::string::npos);
    std::size_t at = 0;  // in this order
    for (const ReportGroup& group : content.groups) {
      at = shown.output.find(group.name, at);
      REQUIRE(at != std::string::npos);
      for (const ReportMeasurement& measurement : group.measurements) {
        CAPTURE(measurement.value);
        at = shown.output.find(measurement.value, at);
        REQUIRE(at != std::string::npos);
      }
    }
    CHECK(shown.output.find("not for clinical use", at) != std::string::npos);
  }
}
