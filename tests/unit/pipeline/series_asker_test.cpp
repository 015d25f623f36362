#include "pipeline/series_asker.h"

#include "tests/support/eventually.h"
#include "tests/unit/db/store_fixture.h"
#include "tests/unit/pipeline/fake_peers.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

struct NoSink : IntakeSink {
  void instance_stored(ReceivedInstance, std::uint64_t) override {}
  void association_closed(std::uint64_t) override {}
};

struct AskerFixture : StoreFixture {
  FakeSource source;
  NoSink sink;
  std::mutex mutex;
  std::vector<SeriesAsker::Answer> answers;
  std::optional<SeriesAsker> asker;

  AskerFixture() {
    asker.emplace(source, *store, sink, [this](SeriesAsker::Answer answer) {
      const std::lock_guard lock(mutex);
      answers.push_back(std::move(answer));
    });
  }
  ~AskerFixture() { asker.reset(); }
  AskerFixture(const AskerFixture&) = delete;
  AskerFixture& operator=(const AskerFixture&) = delete;

  bool ask(int series, const char* peer = "pacs") {
    return asker->ask({.peer = {.name = peer, .ae_title = *AeTitle::parse("PACS"), .host = "h"},
                       .series = key_of(series),
                       .patience = 1min});
  }
  bool answered(std::size_t count) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return answers.size() >= count;
    });
  }
  [[nodiscard]] SeriesInventory inventory(int series, int last) const {
    SeriesInventory listed;
    for (int n = 1; n <= last; ++n) listed.listed.push_back(instance(series, n, now()).sop);
    return listed;
  }
};

}  // namespace

TEST_CASE_FIXTURE(AskerFixture, "series_asker: nothing is fetched of a complete series") {
  receive(1, 1, 3);
  source.has(key_of(1), inventory(1, 3));
  REQUIRE(ask(1));
  REQUIRE(answered(1));
  CHECK(answers.at(0).is_last);
  CHECK(answers.at(0).inventory->listed.size() == 3);
  CHECK(source.fetched().empty());
}

TEST_CASE_FIXTURE(AskerFixture, "series_asker: only the missing ones are fetched, after a word") {
  receive(1, 1, 3);
  source.has(key_of(1), inventory(1, 5));
  REQUIRE(ask(1));
  REQUIRE(answered(2));
  CHECK_FALSE(answers.at(0).is_last);
  CHECK(answers.at(1).is_last);
  CHECK_FALSE(answers.at(1).not_fetched);
  CHECK(source.fetched() == std::vector{instance(1, 4, now()).sop, instance(1, 5, now()).sop});
}

TEST_CASE_FIXTURE(AskerFixture, "series_asker: tells why something was not fetched") {
  receive(1, 1, 3);
  source.has(key_of(1), inventory(1, 5));
  source.next_retrieval_brings(1);
  REQUIRE(ask(1));
  REQUIRE(answered(2));
  REQUIRE(answers.at(1).not_fetched);
  CHECK(answers.at(1).not_fetched->message == "the peer died");
}

TEST_CASE_FIXTURE(AskerFixture, "series_asker: a peer that hangs holds up its own series only") {
  source.hang("slow");
  REQUIRE(ask(1, "slow"));
  REQUIRE(eventually([&] { return source.asked() == 1; }));
  REQUIRE(ask(2, "pacs"));
  REQUIRE(answered(1));
  CHECK(answers.at(0).series == key_of(2));
  source.release();
  REQUIRE(answered(2));
}

TEST_CASE_FIXTURE(AskerFixture, "series_asker: not more than so many wait for a peer") {
  source.hang("pacs");
  REQUIRE(ask(1));
  REQUIRE(eventually([&] { return source.asked() == 1; }));
  for (std::size_t i = 0; i < SeriesAsker::kMostWaiting; ++i) REQUIRE(ask(2));
  CHECK_FALSE(ask(3));
  CHECK(ask(3, "other"));
}

TEST_CASE_FIXTURE(AskerFixture, "series_asker: stop ends what hangs, and takes no more") {
  source.hang("pacs");
  REQUIRE(ask(1));
  REQUIRE(eventually([&] { return source.asked() == 1; }));
  asker->stop();
  CHECK_FALSE(ask(2));
  REQUIRE(answers.size() == 1);
  CHECK(answers.at(0).inventory.error().code == ErrorCode::kCancelled);
}
