#include "pipeline/series_check.h"

#include <doctest/doctest.h>

#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

const Time kStart{std::chrono::hours(1000)};
const Error kAway{ErrorCode::kUnavailable, "nobody answers"};
const Error kCannot{ErrorCode::kUnsupported, "no C-FIND there"};

Peer peer(const char* name, const char* ae_title, QueryMode query = QueryMode::kGet) {
  return {.name = name,
          .ae_title = *AeTitle::parse(ae_title),
          .host = "10.0.0.5",
          .port = 104,
          .query = query};
}

std::vector<ReceivedInstance> here(int first, int last, const char* calling = "PACS") {
  std::vector<ReceivedInstance> instances;
  for (int number = first; number <= last; ++number) {
    instances.push_back(instance(1, number, kStart));
    instances.back().calling_ae = calling;
  }
  return instances;
}

SeriesInventory has(int first, int last, std::optional<int> stated = {}) {
  SeriesInventory inventory{.listed = {}, .stated = stated};
  for (const auto& one : here(first, last)) inventory.listed.push_back(one.sop);
  return inventory;
}

struct CheckFixture {
  SeriesKey key = key_of(1);
  SeriesCheck::Options options{.peers = {peer("pacs", "PACS")}, .longest_wait = 10min};
  std::optional<SeriesCheck> check_;

  SeriesCheck& check() {
    if (!check_) check_.emplace(options);
    return *check_;
  }
  SeriesCheck::Verdict look(const std::vector<ReceivedInstance>& instances, Time now = kStart) {
    return check().look(key, instances, false, now);
  }
  template <class T>
  T look_for(const std::vector<ReceivedInstance>& instances, Time now = kStart) {
    auto verdict = look(instances, now);
    REQUIRE(std::holds_alternative<T>(verdict));
    return std::get<T>(verdict);
  }
  void asked(const std::vector<ReceivedInstance>& instances, Result<SeriesInventory> answer,
             Time now = kStart) {
    look_for<SeriesCheck::Ask>(instances, now);
    check().answered(key, std::move(answer), {}, true, now);
  }
};

}  // namespace

TEST_CASE_FIXTURE(CheckFixture, "series_check: only senders with a query are asked") {
  CHECK(look_for<SeriesCheck::Ask>(here(1, 3)).peer.name == "pacs");
  check_.reset();
  CHECK(look_for<SeriesCheck::Close>(here(1, 3, "OTHER")).note.empty());
  options.peers.front().query = QueryMode::kOff;
  check_.reset();
  CHECK(look_for<SeriesCheck::Close>(here(1, 3)).note.empty());
  CHECK_FALSE(check().knows(key));
}

TEST_CASE_FIXTURE(CheckFixture,
                  "series_check: of several senders the one that sent most is asked") {
  options.peers = {peer("off", "BIG", QueryMode::kOff), peer("few", "FEW"), peer("many", "MANY")};
  auto instances = here(1, 10, "BIG");
  for (const auto& more : {here(11, 12, "FEW"), here(13, 15, "MANY")}) {
    instances.insert(instances.end(), more.begin(), more.end());
  }
  CHECK(look_for<SeriesCheck::Ask>(instances).peer.name == "many");
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: who states the number that came is not asked") {
  auto instances = here(1, 3);
  for (auto& one : instances) one.expected_in_series = 3;
  CHECK(look_for<SeriesCheck::Close>(instances).note.empty());
  for (auto& one : instances) one.expected_in_series = 4;
  look_for<SeriesCheck::Ask>(instances);
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: what could not be segmented is not asked for") {
  options.is_of_use = [](const SopClassUid& sop_class) { return sop_class.str() == "1.2.3"; };
  look_for<SeriesCheck::Close>(here(1, 3));
}

TEST_CASE_FIXTURE(CheckFixture,
                  "series_check: complete when the peer has nothing that is not here") {
  SUBCASE("the same") { asked(here(1, 3), has(1, 3, 3)); }
  SUBCASE("fewer") { asked(here(1, 3), has(2, 2, 1)); }
  SUBCASE("no stated number") { asked(here(1, 3), has(1, 3)); }
  CHECK(look_for<SeriesCheck::Close>(here(1, 3)).note.empty());
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: waits with what is missing, and asks again") {
  asked(here(1, 3), has(1, 5, 5));
  const auto wait = look_for<SeriesCheck::Wait>(here(1, 3)).wait;
  CHECK(wait.what == "waiting for 2 of 5 instances of peer pacs");
  CHECK(wait.until == kStart + 10min);
  CHECK(check().next_deadline() == kStart + 5s);
  CHECK(check().take_due(kStart + 4s).empty());
  CHECK(check().take_due(kStart + 5s) == std::vector{key});
  CHECK(check().take_due(kStart + 5s).empty());
  asked(here(1, 4), has(1, 5, 5), kStart + 5s);
  look_for<SeriesCheck::Wait>(here(1, 4), kStart + 5s);
  CHECK(check().next_deadline() == kStart + 15s);  // the pause doubles
  CHECK(look_for<SeriesCheck::Close>(here(1, 5), kStart + 6s).note.empty());
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: a peer that states more than it lists has more") {
  asked(here(1, 3), has(1, 3, 5));
  CHECK(look_for<SeriesCheck::Wait>(here(1, 3)).wait.what ==
        "waiting for 2 of 5 instances of peer pacs");
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: over the limit an incomplete series is refused") {
  look_for<SeriesCheck::Ask>(here(1, 3));
  check().answered(key, has(1, 5), Error{ErrorCode::kUnavailable, "broken"}, true, kStart);
  look_for<SeriesCheck::Wait>(here(1, 3), kStart + 1s);
  CHECK(
      look_for<SeriesCheck::Refuse>(here(1, 3), kStart + 10min).reason ==
      "incomplete, 3 of 5 instances: peer pacs has more, which could not be fetched: broken; send "
      "the rest, or set series.incomplete = \"segment\"");
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: or segmented with a note, as configured") {
  options.segment_incomplete = true;
  asked(here(1, 3), has(1, 5));
  CHECK(look_for<SeriesCheck::Close>(here(1, 3), kStart + 10min).note ==
        "incomplete, 3 of 5 instances: peer pacs has more, which could not be fetched");
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: the limit begins anew with every instance") {
  asked(here(1, 3), has(1, 5));
  auto more = here(1, 4);
  more.back().received_at = kStart + 9min;
  look_for<SeriesCheck::Ask>(more, kStart + 10min);
}

TEST_CASE_FIXTURE(CheckFixture,
                  "series_check: a peer that is away is asked again up to the limit") {
  asked(here(1, 3), kAway);
  CHECK(look_for<SeriesCheck::Wait>(here(1, 3)).wait.what ==
        "peer pacs cannot be asked whether this is all: nobody answers");
  CHECK(look_for<SeriesCheck::Close>(here(1, 3), kStart + 10min).note ==
        "not known to be complete, peer pacs could not be asked: nobody answers");
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: what was said before it went away still counts") {
  asked(here(1, 3), has(1, 5));
  asked(here(1, 3), kAway, kStart + 5s);
  look_for<SeriesCheck::Refuse>(here(1, 3), kStart + 10min);
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: a peer that can never be asked costs no time") {
  asked(here(1, 3), kCannot);
  CHECK(look_for<SeriesCheck::Close>(here(1, 3)).note ==
        "not known to be complete, peer pacs could not be asked: no C-FIND there");
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: nor does one that does not know the series") {
  asked(here(1, 3), SeriesInventory{});
  CHECK(look_for<SeriesCheck::Close>(here(1, 3)).note ==
        "not known to be complete, peer pacs does not know the series");
}

TEST_CASE_FIXTURE(CheckFixture,
                  "series_check: after a long time out of service it asks once more") {
  const Time late = kStart + 24h;
  const auto ask = look_for<SeriesCheck::Ask>(here(1, 3), late);
  CHECK(ask.patience == 30s);
  check().answered(key, has(1, 5), {}, true, late);
  look_for<SeriesCheck::Refuse>(here(1, 3), late);
}

TEST_CASE_FIXTURE(CheckFixture,
                  "series_check: nothing is decided while the peer is asked or sends") {
  look_for<SeriesCheck::Ask>(here(1, 3));
  look_for<SeriesCheck::Wait>(here(1, 3), kStart + 1h);  // no second question
  check().answered(key, has(1, 5), {}, false, kStart);
  CHECK(look_for<SeriesCheck::Wait>(here(1, 3), kStart + 1h).wait.what ==
        "waiting for 2 of 5 instances of peer pacs");
  CHECK(std::holds_alternative<SeriesCheck::Close>(look(here(1, 5))));  // all are here
  check().answered(key, has(1, 5), {}, true, kStart);
  const auto verdict = check().look(key, here(1, 3), true, kStart + 1h);  // somebody is sending
  CHECK(std::holds_alternative<SeriesCheck::Wait>(verdict));
  CHECK_FALSE(check().next_deadline());
}

TEST_CASE_FIXTURE(CheckFixture,
                  "series_check: an answer that was cut off by our stop says nothing") {
  asked(here(1, 3), Error{ErrorCode::kCancelled, "the node is stopping"});
  look_for<SeriesCheck::Ask>(here(1, 3), kStart + 1h);
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: a question that could not be put is put later") {
  look_for<SeriesCheck::Ask>(here(1, 3));
  check().not_asked(key, kStart);
  CHECK(check().next_deadline() == kStart + 5s);
  look_for<SeriesCheck::Wait>(here(1, 3), kStart + 4s);
  look_for<SeriesCheck::Ask>(here(1, 3), kStart + 5s);
}

TEST_CASE_FIXTURE(CheckFixture, "series_check: an answer about a closed series changes nothing") {
  check().answered(key, has(1, 5), {}, true, kStart);
  CHECK_FALSE(check().knows(key));
}
