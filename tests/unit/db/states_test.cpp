#include <doctest/doctest.h>
#include <fmt/format.h>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "pipeline/domain/job.h"
#include "tests/support/temp_dir.h"

using namespace hilum;

TEST_CASE("states: the drawing in db/STATES.md is the table of transitions") {
  const std::regex arrow(R"(\s*(\w+) --> (\w+) : (.+))");
  std::set<std::string> drawn;
  std::istringstream lines(test::read_file(HILUM_STATES_FILE));
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (!std::regex_match(line, parts, arrow)) continue;
    const std::string why = std::regex_replace(parts.str(3), std::regex("#59;"), ";");
    CHECK(drawn.insert(fmt::format("{} --> {} : {}", parts.str(1), parts.str(2), why)).second);
  }
  std::set<std::string> table;
  for (const auto& [from, to, why] : job_transitions()) {
    table.insert(fmt::format("{} --> {} : {}", to_string(from), to_string(to), why));
  }
  CHECK(drawn == table);
}

TEST_CASE("states: the table of deliveries in db/STATES.md is that of transitions") {
  const std::string text = test::read_file(HILUM_STATES_FILE);
  const auto begin = text.find("# States of a delivery");
  REQUIRE(begin != std::string::npos);
  std::istringstream lines(text.substr(begin));
  std::vector<std::string> listed;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| ") && !line.starts_with("| from ")) listed.push_back(line);
    if (line.empty() && !listed.empty()) break;
  }
  std::vector<std::string> table;
  for (const auto& [from, to, why] : delivery_transitions()) {
    table.push_back(fmt::format("| {} | {} | {} |", to_string(from), to_string(to), why));
  }
  CHECK(listed == table);
}
