#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "config/config.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::config;

namespace {

/// The shipped file with the defaults that it shows in comments put in force, and its example of a
/// section that there is none of by default.
std::string with_defaults_in_force(const std::string& text) {
  const std::regex commented(R"(^# (\w+ = .*|\[\[\w+\]\])$)");
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    result += std::regex_replace(line, commented, "$1") + '\n';
  }
  return result;
}

/// "section.key" of every key in the file, in force or commented out, sorted.
std::vector<std::string> keys_in(const std::string& text) {
  const std::regex section(R"((?:# )?\[\[?(\w+)\]\]?)");
  const std::regex key(R"((?:# )?(\w+) = .*)");
  std::vector<std::string> keys;
  std::string current;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, section)) current = found.str(1);
    if (std::regex_match(line, found, key)) keys.push_back(current + '.' + found.str(1));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

void check_is_default(const Config& config) {
  const Config expected;
  CHECK(config.node == expected.node);
  CHECK(config.storage == expected.storage);
  CHECK(config.network == expected.network);
  CHECK(config.tls == expected.tls);
  CHECK(config.results == expected.results);
  CHECK(config.commitment == expected.commitment);
  CHECK(config.series == expected.series);
  CHECK(config.rules == expected.rules);
  CHECK(config.model == expected.model);
  CHECK(config.jobs == expected.jobs);
  CHECK(config.log == expected.log);
  CHECK(config.profiles == expected.profiles);
  CHECK(config.virtual_nodes.empty());
  REQUIRE(config.peers.size() == 1);
  const Peer& peer = config.peers.front();
  CHECK(peer.name == "pacs");
  CHECK(peer.ae_title.str() == "PACS");
  CHECK(peer.host == "pacs.example.org");
  CHECK(peer.port == 104);
  CHECK(peer.may_send);
  CHECK(peer.query == QueryMode::kOff);
  CHECK(peer.max_associations == 0);
  CHECK_FALSE(peer.tls);
  CHECK(peer.certificate_name.empty());
  CHECK(peer.profile == "standard");
  CHECK(peer.commitment == CommitmentMode::kOff);
}

}  // namespace

TEST_CASE("hilum.toml: as shipped it gives the defaults and one example peer") {
  const auto config = load_config(HILUM_SHIPPED_CONFIG);
  REQUIRE_MESSAGE(config, config.error().message);
  check_is_default(*config);
}

TEST_CASE("hilum.toml: the defaults that it shows are the real ones") {
  const auto text = with_defaults_in_force(test::read_file(HILUM_SHIPPED_CONFIG));
  auto config = parse_config(text, "hilum.toml");
  REQUIRE_MESSAGE(config, config.error().message);
  REQUIRE(config->model.described.size() == 1);
  CHECK(config->model.described.front().label == "Pulmonary arteries");
  config->model.described.clear();
  REQUIRE(config->virtual_nodes.size() == 1);
  CHECK(config->virtual_nodes.front().node.name() == "thin");
  CHECK(config->virtual_nodes.front().destinations == config->results.destinations);
  CHECK(config->virtual_nodes.front().classes.size() == 2);
  config->virtual_nodes.clear();
  check_is_default(*config);
}

TEST_CASE("hilum.toml: it shows every key there is, each once, and no other") {
  CHECK(keys_in(test::read_file(HILUM_SHIPPED_CONFIG)) == known_keys());
}
