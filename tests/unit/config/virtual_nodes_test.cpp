#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/config/parsed.h"

using namespace hilum;
using namespace hilum::config;
using namespace hilum::test;

TEST_CASE("config: a virtual node has what it says, and the rest from results and rules") {
  const Config config =
      parsed(kPacs +
             "[results]\nseries_number = 500\n"
             "[rules]\nmin_slices = 30\nmodality = ['CT', 'PT']\n"
             "[[virtual_node]]\nae_title = ' HILUM_THIN '\n"
             "[[virtual_node]]\nae_title = 'THICK/ONE'\nname = 'thick'\ndestinations = []\n"
             "series_number = 7\nrules = { min_slices = 5, orientations = ['axial'] }\n"
             "[[virtual_node]]\nae_title = 'DOTS'\nrules.max_slice_spacing_mm = 1.5\n"
             "[[virtual_node]]\nae_title = 'TABLE'\n[virtual_node.rules]\nmin_matrix = 1\n");
  REQUIRE(config.virtual_nodes.size() == 4);
  const auto& plain = config.virtual_nodes[0];
  CHECK(plain.ae_title.str() == "HILUM_THIN");
  CHECK(plain.node.name() == "HILUM_THIN");
  CHECK(plain.destinations == config.results.destinations);
  CHECK(plain.series_number == 500);
  CHECK(plain.rules == config.rules);
  const auto& thick = config.virtual_nodes[1];
  CHECK(thick.node.name() == "thick");
  CHECK(thick.destinations.empty());
  CHECK(thick.series_number == 7);
  CHECK(thick.rules.min_slices == 5);
  CHECK(thick.rules.orientations == std::vector{SeriesFacts::Orientation::kAxial});
  CHECK(thick.rules.modality == std::vector<std::string>{"CT", "PT"});
  CHECK(config.virtual_nodes[2].rules.max_slice_spacing_mm == 1.5);
  CHECK(config.virtual_nodes[2].rules.min_slices == 30);
  CHECK(config.virtual_nodes[3].rules.min_matrix == 1);
  CHECK(config.rules.min_slices == 30);
}

TEST_CASE("config: a virtual node segments what it says, or else what the main node does") {
  const Config config =
      parsed(kPacs +
             "[[virtual_node]]\nae_title = 'SAME'\n"
             "[[virtual_node]]\nae_title = 'VEINS'\nclasses = ['Veins']\n"
             "[[virtual_node]]\nae_title = 'ALL'\nclasses = []\n"
             "[model]\nclasses = ['Left pulmonary artery', 'Veins']\n"
             "[[class]]\nlabel = 'Veins'\nprompt = 'pulmonary veins'\nvessel = 'vein'\n");
  REQUIRE(config.virtual_nodes.size() == 3);
  CHECK(config.virtual_nodes[0].classes == config.model.classes);
  CHECK(config.virtual_nodes[1].classes == std::vector<std::string>{"Veins"});
  CHECK(config.virtual_nodes[2].classes.empty());
}

TEST_CASE("config: what is wrong with a virtual node is named") {
  struct Case {
    std::string text;  // after the five lines of kPacs and "[[virtual_node]]"
    std::string message;
  };
  const Case cases[] = {
      {"", "t.toml:6: virtual_node.ae_title is missing"},
      {"ae_title = 'HILUM'", "t.toml:7: virtual_node.ae_title 'HILUM' is that of [node] already"},
      {"ae_title = 'ABCDEFGHIJKLMNOPQ'", "t.toml:7: virtual_node.ae_title is no AE title"},
      {"ae_title = 'A'\n[[virtual_node]]\nae_title = ' A'",
       "t.toml:9: virtual_node.ae_title 'A' is that of the virtual node in line 6 already"},
      {"ae_title = 'A'\n[[virtual_node]]\nae_title = 'B'\nname = 'A'",
       "t.toml:10: virtual_node.name 'A' is the name of the virtual node in line 6 already"},
      {"ae_title = 'A B'", "virtual_node.name is missing: 'A B' is no name of a virtual node"},
      {"ae_title = 'A'\nname = '../x'", "t.toml:8: virtual_node.name is wrong: '../x' is no name"},
      {"ae_title = 'A'\nname = 'main'", "t.toml:8: virtual_node.name is wrong: 'main' is no name"},
      {"ae_title = 'A'\ndestinations = ['x']",
       "t.toml:8: virtual_node.destinations names 'x', but no [[peer]] has this name"},
      {"ae_title = 'A'\nseries_number = 0", "t.toml:8: virtual_node.series_number is 0; allowed"},
      {"ae_title = 'A'\nrules = 'thin'",
       "t.toml:8: virtual_node.rules must be a table of keys of "
       "[rules], as in { a = 1, b = 2 }, not text"},
      {"ae_title = 'A'\nrules = { max_slcies = 1 }",
       "t.toml:8: virtual_node.rules.max_slcies is not a known key; did you mean 'max_slices'?"},
      {"ae_title = 'A'\nrules = { min_slices = 0 }",
       "t.toml:8: virtual_node.rules.min_slices is 0; allowed: 1..100000"},
      {"ae_title = 'A'\nrules = { max_slices = 3 }",
       "t.toml:8: virtual_node.rules.max_slices is less than rules.min_slices"},
      {"ae_title = 'A'\nrules = { description_include = ['('] }",
       "virtual_node.rules.description_include holds '(', which is not a regular expression"},
      {"ae_title = 'A'\nclasses = 'Veins'",
       "t.toml:8: virtual_node.classes must be a list of texts"},
      {"ae_title = 'A'\nclasses = ['Veins', 'Veins']",
       "t.toml:8: virtual_node.classes holds 'Veins' twice"},
      {"ae_title = 'A'\nclasses = ['']", "t.toml:8: virtual_node.classes holds an empty label"},
      {"ae_title = 'A'\nport = 104", "t.toml:8: virtual_node.port is not a known key"},
  };
  for (const auto& one : cases) {
    const std::string message = refusal(kPacs + "[[virtual_node]]\n" + one.text);
    CHECK_MESSAGE(message.find(one.message) != std::string::npos, message);
  }
}
