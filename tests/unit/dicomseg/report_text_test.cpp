#include "dicomseg/report_text.h"

#include <doctest/doctest.h>

#include <sstream>

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

ReportContent some_content() {
  const CodedConcept volume{"118565006", "SCT", "Volume"};
  const CodedConcept attenuation{"112031", "DCM", "Attenuation Coefficient"};
  const CodedConcept note{"NOTE", "99X", "Note"};
  return {.title = {"126000", "DCM", "Imaging Measurement Report"},
          .algorithm_name = "La-CAF",
          .algorithm_version = "0.1.0",
          .algorithm_parameters = "bundle sha256 " + std::string(64, 'a'),
          .notices = {{note, "Research software"}},
          .groups = {{.name = "Left pulmonary artery",
                      .tracking_uid = "1.2",
                      .site = CodedConcept{"39607008", "SCT", "Lung"},
                      .laterality = CodedConcept{"7771000", "SCT", "Left"},
                      .measurements = {{volume, "12.50", {"cm3", "UCUM", "cubic centimeter"}},
                                       {.name = attenuation,
                                        .value = "-3.5",
                                        .unit = {"[hnsf'U]", "UCUM", "Hounsfield unit"},
                                        .derivation = CodedConcept{"373098007", "SCT", "Mean"}},
                                       {{"R", "99X", "Ratio"}, "0.75", {"{ratio}", "UCUM", "r"}}}}},
          .remarks = {{note, "One"}}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("report text: a table of what was measured") {
  CHECK(render_text(some_content()) ==
        "Imaging Measurement Report\n"
        "Note: Research software\n"
        "Algorithm: La-CAF 0.1.0\n"
        "bundle sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
        "\n"
        "Left pulmonary artery (Lung, Left)\n"
        "  Volume                                                    12.50 cm3\n"
        "  Attenuation Coefficient, Mean                              -3.5 HU\n"
        "  Ratio                                                      0.75\n"
        "\n"
        "Note: One\n");
}

TEST_CASE("report text: long texts are wrapped at 80 characters, every word kept") {
  ReportContent content = some_content();
  std::string long_text;
  for (int i = 0; i < 60; ++i) long_text += "word" + std::to_string(i) + " ";
  content.remarks = {{content.remarks[0].name, long_text + "end"},
                     {content.remarks[0].name, std::string(200, 'x')}};
  const std::string text = render_text(content);
  for (const std::string& line : lines_of(text)) CHECK(line.size() <= 80);
  for (int i = 0; i < 60; ++i) CHECK(text.find("word" + std::to_string(i)) != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), 'x') == 200);
}
