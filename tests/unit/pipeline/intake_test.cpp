#include "pipeline/intake.h"

#include <atomic>
#include <thread>

#include "tests/support/eventually.h"
#include "tests/unit/db/store_fixture.h"
#include "tests/unit/pipeline/fake_tools.h"
#include "tests/unit/pipeline/store_wrapper.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kQuiet = 10ms;

/// The fixture's clock stands still, so a series becomes complete only when a test says so.
struct IntakeFixture : StoreFixture {
  FakeReader reader;
  std::atomic<int> wakes{0};
  std::map<VirtualNode, SeriesRules> rules{{VirtualNode(), {}}};
  std::unique_ptr<JobStore> wrapper;  // of the store, if there is one; outlives the intake
  std::unique_ptr<Intake> intake;

  void start(JobStore& on) {
    intake = std::make_unique<Intake>(Intake::Tools{.store = on,
                                                    .reader = reader,
                                                    .clock = clock,
                                                    .spool = dir / "spool",
                                                    .rules = rules,
                                                    .job_made = [this] { ++wakes; }},
                                      SeriesAssembler::Options{.quiet_period = kQuiet});
    const Status started = intake->start();
    REQUIRE_MESSAGE(started, started.error().message);
  }
  void start() { start(*store); }
  template <class Wrapper, class... More>
  Wrapper& start_on(More... more) {
    auto made = std::make_unique<Wrapper>(*store, more...);
    Wrapper& result = *made;
    wrapper = std::move(made);
    start(result);
    return result;
  }
  /// Sends instances of a series in one association.
  void send(int series, int first, int last, std::uint64_t association = 1) {
    for (int number = first; number <= last; ++number) {
      intake->instance_stored(instance(series, number, now()), association);
    }
    intake->association_closed(association);
  }
  [[nodiscard]] std::size_t rows(int series) { return store->instances_of(key_of(series))->size(); }
  [[nodiscard]] std::vector<Job> jobs() { return *store->jobs(std::nullopt, 100); }
  /// Nothing at all when the series is not known.
  [[nodiscard]] std::optional<SeriesSummary> summary(int series) {
    for (const auto& found : *store->series(100)) {
      if (found.key == key_of(series)) return found;
    }
    return std::nullopt;
  }
  /// All of it is in the store and the assembler has waited long enough.
  [[nodiscard]] bool closed(int series, std::size_t instances) {
    if (!eventually([&] { return rows(series) == instances; })) return false;
    return eventually([&] {
      clock.advance(kQuiet);
      return !summary(series)->open;
    });
  }
  /// The assembler has waited long enough for so many series, of whichever node.
  [[nodiscard]] bool all_closed(std::size_t count) {
    return eventually([&] {
      clock.advance(kQuiet);
      const auto known = *store->series(100);
      return known.size() == count &&
             std::ranges::none_of(known, [](const SeriesSummary& one) { return one.open; });
    });
  }
};

}  // namespace

TEST_CASE_FIXTURE(IntakeFixture, "intake: a received instance becomes a row") {
  start();
  intake->instance_stored(instance(1, 1, now()), 1);
  REQUIRE(eventually([&] { return rows(1) == 1; }));
  CHECK(store->instances_of(key_of(1))->front().file == instance(1, 1, now()).file);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: a series becomes a job after release and quiet period") {
  start();
  send(1, 1, 3);
  REQUIRE(closed(1, 3));
  REQUIRE(jobs().size() == 1);
  CHECK(jobs()[0].series == key_of(1));
  CHECK(jobs()[0].instances_digest == digest(1));
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: a series whose association is open waits") {
  start();
  intake->instance_stored(instance(1, 1, now()), 1);  // never released
  send(2, 1, 1, 2);
  REQUIRE(closed(2, 1));  // series 1 would have been closed in the same pass, before series 2
  CHECK(summary(1)->open);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: the stated number of instances needs no quiet period") {
  start();
  for (int number = 1; number <= 2; ++number) {
    auto stated = instance(1, number, now());
    stated.expected_in_series = 2;
    intake->instance_stored(stated, 1);
  }
  CHECK(eventually([&] { return jobs().size() == 1; }));  // the clock stands still
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: tells the scheduler about a new job") {
  start();
  send(1, 1, 3);
  REQUIRE(closed(1, 3));
  CHECK(eventually([&] { return wakes == 1; }));
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: the rules see the files in the spool") {
  start();
  send(1, 7, 7);
  REQUIRE(closed(1, 1));
  CHECK(reader.files() == std::vector{dir / "spool" / instance(1, 7, now()).file});
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: a series that is not segmented keeps the reason") {
  std::string reason;
  SUBCASE("refused by a rule") {
    auto facts = FakeReader::chest_ct();
    facts.modality = "MR";
    reader.set_facts(facts);
    reason = "modality is MR; rules.modality allows CT";
  }
  SUBCASE("wrong data") {
    reader.set_facts(Error{ErrorCode::kInvalidInput, "1.dcm is not DICOM"});
    reason = "cannot be read: 1.dcm is not DICOM";
  }
  SUBCASE("unsupported data") {
    reader.set_facts(Error{ErrorCode::kUnsupported, "1.dcm has no decoder"});
    reason = "cannot be read: 1.dcm has no decoder";
  }
  start();
  send(1, 1, 3);
  REQUIRE(closed(1, 3));
  CHECK(summary(1)->not_segmented == reason);
  CHECK(jobs().empty());
  CHECK(wakes == 0);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: a series that cannot be read now is looked at again") {
  reader.set_facts(Error{ErrorCode::kUnavailable, "the spool is not mounted"});
  start();
  send(1, 1, 3);
  REQUIRE(eventually([&] {
    clock.advance(kQuiet);
    return !reader.files().empty();
  }));
  CHECK(summary(1)->open);
  reader.set_facts(FakeReader::chest_ct());
  REQUIRE(closed(1, 3));
  CHECK(jobs().size() == 1);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: a store that fails for a while loses nothing") {
  auto& failing = start_on<FailingStore>();
  failing.fail_add_instances(1);
  send(1, 1, 3, 1);
  REQUIRE(eventually([&] { return failing.failures() == 1; }));
  send(1, 4, 5, 2);  // arrives during the pause
  REQUIRE(closed(1, 5));
  CHECK(jobs().size() == 1);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: reception waits when too much is not recorded") {
  auto& slow = start_on<SlowStore>();
  std::atomic<std::size_t> accepted{0};
  const auto receive = [&] {
    intake->instance_stored(instance(1, 1, now()), 1);  // always the same: one row
    ++accepted;
  };
  receive();
  REQUIRE(eventually([&] { return slow.calls() == 1; }));  // the first one waits in the store
  std::thread association([&] {
    for (std::size_t i = 0; i < Intake::kMostWaiting; ++i) receive();
  });
  const bool filled = eventually([&] { return accepted >= Intake::kMostWaiting; });
  const bool exceeded = eventually([&] { return accepted > Intake::kMostWaiting; }, 30ms);
  slow.go_on();
  association.join();
  CHECK(filled);
  CHECK_FALSE(exceeded);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: an instance that is late makes a newer job") {
  start();
  send(1, 1, 3);
  REQUIRE(closed(1, 3));
  const JobId older = jobs().at(0).id;
  send(1, 4, 4, 2);
  REQUIRE(closed(1, 4));
  CHECK(state(older) == JobState::kCancelled);
  const auto queued = *store->jobs(JobState::kQueued, 100);
  REQUIRE(queued.size() == 1);
  CHECK(queued[0].instances_digest == digest(1));
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: the same instances again make no second job") {
  start();
  send(1, 1, 3);
  REQUIRE(closed(1, 3));
  send(1, 1, 3, 2);
  send(2, 1, 1, 3);  // recorded after them
  REQUIRE(closed(2, 1));
  CHECK_FALSE(summary(1)->open);
  CHECK(jobs().size() == 2);         // one of each series
  CHECK(reader.inspections() == 2);  // and nobody looked at the first one again
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: a series that grows while it is closed is closed again") {
  start_on<RacingStore>([this] { receive(1, 4, 4); });
  send(1, 1, 3);
  REQUIRE(eventually([&] {
    clock.advance(kQuiet);
    return jobs().size() == 1;
  }));
  CHECK(rows(1) == 4);
  CHECK(jobs()[0].instances_digest == digest(1));
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: stop records what is queued") {
  auto& slow = start_on<SlowStore>();
  intake->instance_stored(instance(1, 1, now()), 1);
  REQUIRE(eventually([&] { return slow.calls() == 1; }));
  for (int number = 2; number <= 50; ++number) {
    intake->instance_stored(instance(1, number, now()), 1);
  }
  std::thread stopping([&] { intake->stop(); });
  slow.go_on();
  stopping.join();
  CHECK(rows(1) == 50);
  CHECK(summary(1)->open);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: stop does not wait for a store that is down") {
  auto& failing = start_on<FailingStore>();
  failing.fail_add_instances(1'000'000);
  intake->instance_stored(instance(1, 1, now()), 1);
  REQUIRE(eventually([&] { return failing.failures() > 0; }));
  intake->stop();
  CHECK(rows(1) == 0);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: start takes up series that were left open") {
  receive(1, 1, 3);
  start();
  REQUIRE(closed(1, 3));
  CHECK(jobs().size() == 1);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: start fails when the store cannot list open series") {
  struct : StoreWrapper {
    using StoreWrapper::StoreWrapper;
    Result<std::vector<OpenSeries>> open_series() override { return kNoDatabase; }
  } broken{*store};
  Intake unused(
      {.store = broken, .reader = reader, .clock = clock, .spool = {}, .rules = {}, .job_made = {}},
      {});
  const Status started = unused.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().message == "look up open series: the database is locked");
}

namespace {

const VirtualNode kThin = *VirtualNode::parse("thin");

SeriesKey at(SeriesKey key, const VirtualNode& node) {
  key.node = node;
  return key;
}

}  // namespace

TEST_CASE_FIXTURE(IntakeFixture, "intake: a series that was sent to two nodes has a job of each") {
  rules[kThin] = {};
  start();
  send(1, 1, 3, 1);
  for (int number = 1; number <= 2; ++number) {
    auto part = instance(1, number, now());
    part.series.node = kThin;
    intake->instance_stored(part, 2);
  }
  intake->association_closed(2);
  REQUIRE(eventually(
      [&] { return rows(1) == 3 && store->instances_of(at(key_of(1), kThin))->size() == 2; }));
  REQUIRE(all_closed(2));
  REQUIRE(jobs().size() == 2);
  CHECK(store->instances_of(key_of(1))->size() == 3);
  CHECK(store->instances_of(at(key_of(1), kThin))->size() == 2);
  CHECK(jobs()[0].instances_digest != jobs()[1].instances_digest);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: each node has its own rules") {
  SeriesRules thin;
  thin.min_slices = 1000;
  rules[kThin] = thin;
  start();
  send(1, 1, 3, 1);
  auto other = instance(1, 1, now());
  other.series.node = kThin;
  intake->instance_stored(other, 2);
  intake->association_closed(2);
  REQUIRE(eventually(
      [&] { return rows(1) == 3 && store->instances_of(at(key_of(1), kThin))->size() == 1; }));
  REQUIRE(all_closed(2));
  const auto reason_at_thin = [&] {
    for (const auto& found : *store->series(100)) {
      if (found.key == at(key_of(1), kThin)) return found.not_segmented;
    }
    return std::string();
  };
  REQUIRE(jobs().size() == 1);
  CHECK(jobs().front().series == key_of(1));
  CHECK(reason_at_thin() == "300 slices, rules.min_slices is 1000");
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: a node that was removed says so where its series wait") {
  start();
  auto orphan = instance(1, 1, now());
  orphan.series.node = kThin;
  intake->instance_stored(orphan, 1);
  intake->association_closed(1);
  REQUIRE(all_closed(1));
  const std::string reason = store->series(1)->front().not_segmented;
  CAPTURE(reason);
  CHECK(reason.find("virtual node thin, which is not in the configuration") != std::string::npos);
  CHECK(reason.find("[[virtual_node]]") != std::string::npos);
  CHECK(jobs().empty());
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: a series of which a part was freed says what to do") {
  receive(1, 1, 3);
  close(1, NotSegmented{"no CT"});
  const RetentionLimits now_due{.not_segmented_before = now() + 1ms};
  REQUIRE(*dynamic_cast<RetentionStore&>(*store).free_series(key_of(1), now_due, now()));
  start();
  send(1, 4, 4);
  REQUIRE(closed(1, 4));
  CHECK(jobs().empty());
  CHECK(summary(1)->not_segmented.find("of its 4 instances 3 had been freed") != std::string::npos);
  send(1, 1, 3, 2);  // the rest of it, the same as before
  REQUIRE(eventually([&] { return summary(1)->open; }));
  REQUIRE(closed(1, 4));
  CHECK(jobs().size() == 1);
}

TEST_CASE_FIXTURE(IntakeFixture, "intake: says whether everything reported is in the store") {
  auto& slow = start_on<SlowStore>();
  CHECK(intake->wait_recorded(0ms));  // nothing was
  intake->instance_stored(instance(1, 1, now()), 1);
  CHECK_FALSE(intake->wait_recorded(10ms));
  slow.go_on();
  CHECK(intake->wait_recorded(10s));
  CHECK(rows(1) == 1);
}
