#include <doctest/doctest.h>

#include "tests/unit/config/parsed.h"

using namespace hilum;
using namespace hilum::config;
using namespace hilum::test;
using namespace std::chrono_literals;

TEST_CASE("config: a destination is asked to keep its results when its section says so") {
  CHECK(parsed(kPacs).peers.front().commitment == CommitmentMode::kOff);
  for (const auto& [word, mode] : {std::pair{"off", CommitmentMode::kOff},
                                   {"if-supported", CommitmentMode::kIfSupported},
                                   {"required", CommitmentMode::kRequired}}) {
    CAPTURE(word);
    const Config config = parsed(kPacs + "storage_commitment = '" + word + "'\n");
    CHECK(config.peers.front().commitment == mode);
  }
}

TEST_CASE("config: how long reports are waited for") {
  const Config config =
      parsed(kPacs + "[commitment]\nreport_wait_s = 0\nreport_deadline_s = 86400\nattempts = 1\n");
  CHECK(config.commitment == CommitmentConfig{0s, 24h, 1});
  CHECK(parsed(kPacs).commitment == CommitmentConfig{5s, 10min, 5});
}

TEST_CASE("config: what cannot be about storage commitment is refused, saying what can") {
  const std::pair<std::string, std::string> cases[] = {
      {kPacs + "storage_commitment = 'yes'",
       "t.toml:6: peer.storage_commitment is 'yes'; allowed: off, if-supported, required"},
      {kPacs + "storage_commitment = true",
       "t.toml:6: peer.storage_commitment must be text in quotes, not true or false"},
      {kPacs + "[[peer]]\nname = 'ct'\nae_title = 'CT'\nstorage_commitment = 'required'",
       "t.toml:9: peer.storage_commitment asks this peer whether it keeps its results, but it has "
       "no port"},
      {kPacs + "[commitment]\nreport_wait_s = 61",
       "t.toml:7: commitment.report_wait_s is 61; allowed: 0..60"},
      {kPacs + "[commitment]\nreport_deadline_s = 59",
       "t.toml:7: commitment.report_deadline_s is 59; allowed: 60..86400"},
      {kPacs + "[commitment]\nattempts = 0", "t.toml:7: commitment.attempts is 0; allowed: 1..100"},
      {kPacs + "[commitment]\ntries = 3", "t.toml:7: commitment.tries"},
  };
  for (const auto& [text, complaint] : cases) {
    const std::string said = refusal(text);
    CAPTURE(said);
    CHECK(said.find(complaint) != std::string::npos);
  }
}
