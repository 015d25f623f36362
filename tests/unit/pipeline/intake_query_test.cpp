// A series whose sender is asked whether it is all there, from the last instance to the job.
#include <atomic>

#include "pipeline/intake.h"
#include "tests/support/eventually.h"
#include "tests/unit/db/store_fixture.h"
#include "tests/unit/pipeline/fake_peers.h"
#include "tests/unit/pipeline/fake_tools.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kQuiet = 10ms;
constexpr auto kLongestWait = 60s;

/// The fixture's clock stands still but for what a test adds; the intake sleeps by it for as long
/// as its pauses are, so they are short. The sender of everything is the peer "pacs".
struct QueryFixture : StoreFixture {
  FakeReader reader;
  FakeSource source;
  SeriesCheck::Options check{.peers = {{.name = "pacs",
                                        .ae_title = *AeTitle::parse("SCANNER"),
                                        .host = "10.0.0.5",
                                        .port = 104,
                                        .query = QueryMode::kGet}},
                             .longest_wait = kLongestWait,
                             .first_pause = 20ms,
                             .longest_pause = 50ms};
  std::unique_ptr<Intake> intake;

  QueryFixture() {
    source.bring_by([this](const SopInstanceUid& sop, IntakeSink& sink) {
      for (int series = 1; series <= 2; ++series) {
        for (int number = 1; number <= 20; ++number) {
          auto one = instance(series, number, now());
          if (one.sop == sop) sink.instance_stored(std::move(one), 1'000'000);
        }
      }
    });
  }
  void start() {
    intake = std::make_unique<Intake>(Intake::Tools{.store = *store,
                                                    .reader = reader,
                                                    .clock = clock,
                                                    .spool = dir / "spool",
                                                    .rules = {{VirtualNode(), {}}},
                                                    .job_made = {},
                                                    .source = &source},
                                      SeriesAssembler::Options{.quiet_period = kQuiet}, check);
    REQUIRE(intake->start());
  }
  void send(int series, int first, int last, std::uint64_t association = 1) {
    for (int number = first; number <= last; ++number) {
      intake->instance_stored(instance(series, number, now()), association);
    }
    intake->association_closed(association);
    REQUIRE(eventually([&] { return rows(series) >= last - first + 1; }));
  }
  void peer_has(int series, int last) {
    SeriesInventory inventory{.listed = {}, .stated = last};
    for (int n = 1; n <= last; ++n) inventory.listed.push_back(instance(series, n, now()).sop);
    source.has(key_of(series), inventory);
  }
  [[nodiscard]] int rows(int series) {
    return static_cast<int>(store->instances_of(key_of(series))->size());
  }
  [[nodiscard]] std::vector<Job> jobs() { return *store->jobs(std::nullopt, 100); }
  [[nodiscard]] SeriesSummary summary(int series) {
    for (const auto& found : *store->series(100)) {
      if (found.key == key_of(series)) return found;
    }
    return {.key = key_of(series), .not_segmented = {}};
  }
  /// Lets time go by in small steps until the condition holds.
  template <class Condition>
  bool in_time(Condition condition, std::chrono::milliseconds step = kQuiet) {
    return eventually([&] {
      clock.advance(step);
      return condition();
    });
  }
  [[nodiscard]] std::string history(JobId id) { return store->events_of(id)->front().reason; }
};

}  // namespace

TEST_CASE_FIXTURE(QueryFixture, "intake query: a complete series becomes a job without a note") {
  peer_has(1, 3);
  start();
  send(1, 1, 3);
  REQUIRE(in_time([&] { return jobs().size() == 1; }));
  CHECK(jobs().at(0).note.empty());
  CHECK(history(jobs().at(0).id) == "the series is complete, instances: 3");
  CHECK(source.asked() == 1);
  CHECK(source.fetched().empty());
}

TEST_CASE_FIXTURE(QueryFixture,
                  "intake query: what is missing is fetched, and one job has it all") {
  peer_has(1, 9);
  start();
  send(1, 1, 4);
  REQUIRE(in_time([&] { return jobs().size() == 1; }));
  CHECK(rows(1) == 9);
  CHECK(jobs().at(0).instances_digest == digest(1));
  CHECK(jobs().at(0).note.empty());
  CHECK(source.fetched().size() == 5);
  clock.advance(kLongestWait);
  send(2, 1, 1, 3);  // the peer does not know it
  REQUIRE(in_time([&] { return !summary(2).open; }));
  CHECK(jobs().size() == 2);  // and none of the first series again
}

TEST_CASE_FIXTURE(QueryFixture, "intake query: a peer that dies in the middle is asked again") {
  peer_has(1, 9);
  source.next_retrieval_brings(2);
  source.next_retrieval_brings(0);
  start();
  send(1, 1, 4);
  REQUIRE(in_time([&] { return jobs().size() == 1; }));
  CHECK(rows(1) == 9);
  CHECK(source.fetched().size() == 5 + 3 + 3);
}

TEST_CASE_FIXTURE(QueryFixture, "intake query: over the limit it is refused, and says why") {
  peer_has(1, 9);
  source.bring_by({});  // nothing ever comes
  start();
  send(1, 1, 4);
  REQUIRE(in_time([&] { return source.asked() == 1 && summary(1).wait.has_value(); }));
  REQUIRE(in_time([&] {
    const auto found = summary(1);
    return found.wait && found.wait->what.find("waiting for 5 of 9 instances of peer pacs") == 0;
  }));
  CHECK(summary(1).open);
  REQUIRE(in_time([&] { return !summary(1).open; }, 1s));
  CHECK(summary(1).not_segmented.find("incomplete, 4 of 9 instances") == 0);
  CHECK_FALSE(summary(1).wait);
  CHECK(jobs().empty());

  send(1, 5, 9, 2);  // the rest is sent after all
  REQUIRE(in_time([&] { return jobs().size() == 1; }));
  CHECK(jobs().at(0).note.empty());
}

TEST_CASE_FIXTURE(QueryFixture, "intake query: or segmented, with a note at the job") {
  check.segment_incomplete = true;
  peer_has(1, 9);
  source.bring_by({});
  start();
  send(1, 1, 4);
  REQUIRE(in_time([&] { return jobs().size() == 1; }, 1s));
  CHECK(jobs().at(0).note.find("incomplete, 4 of 9 instances") == 0);
  CHECK(history(jobs().at(0).id).find("incomplete, 4 of 9 instances") != std::string::npos);
}

TEST_CASE_FIXTURE(QueryFixture, "intake query: the rules' reason comes first") {
  peer_has(1, 9);
  source.bring_by({});
  auto facts = FakeReader::chest_ct();
  facts.modality = "MR";
  reader.set_facts(facts);
  start();
  send(1, 1, 4);
  REQUIRE(in_time([&] { return !summary(1).open && rows(1) == 4; }, 1s));
  CHECK(summary(1).not_segmented == "modality is MR; rules.modality allows CT");
}

TEST_CASE_FIXTURE(QueryFixture, "intake query: a peer that cannot be asked costs a note") {
  source.next_inventory_fails({ErrorCode::kUnsupported, "no C-FIND there"});
  start();
  send(1, 1, 4);
  REQUIRE(in_time([&] { return jobs().size() == 1; }));
  CHECK(jobs().at(0).note ==
        "not known to be complete, peer pacs could not be asked: no C-FIND there");
}

TEST_CASE_FIXTURE(QueryFixture, "intake query: a peer that hangs holds up no other series") {
  peer_has(1, 9);
  source.hang("pacs");
  start();
  send(1, 1, 4);
  REQUIRE(in_time([&] { return source.asked() == 1; }));
  auto other = instance(2, 1, now());
  other.calling_ae = "NO-QUERY";
  intake->instance_stored(other, 2);
  intake->association_closed(2);
  REQUIRE(in_time([&] { return jobs().size() == 1; }));
  CHECK(jobs().at(0).series == key_of(2));
  CHECK(summary(1).open);
  CHECK(summary(1).wait->what == "asking peer pacs whether this is all");
  intake->stop();  // ends although the peer hangs
  CHECK(summary(1).open);
}

TEST_CASE_FIXTURE(QueryFixture, "intake query: a waiting series is taken up after a restart") {
  peer_has(1, 9);
  source.hang("pacs");
  start();
  send(1, 1, 4);
  REQUIRE(in_time([&] { return source.asked() == 1; }));
  intake.reset();  // while it waits for the peer
  source.release();
  CHECK(jobs().empty());
  clock.advance(24h);  // the limit is over; it is asked once more all the same
  start();
  REQUIRE(in_time([&] { return jobs().size() == 1; }));
  CHECK(rows(1) == 9);
  CHECK(jobs().at(0).note.empty());
}
