#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {
const std::string kOwner = "node/delivery-0";
}  // namespace

TEST_CASE_FIXTURE(StoreFixture, "job_store: the job is delivered with its last delivery") {
  const JobId id = encoded_job(1, {"pacs", "archive"});
  const Delivery first = sending();
  CHECK(first.destination == "pacs");
  CHECK(first.state == DeliveryState::kSending);
  CHECK(first.attempt == 1);
  REQUIRE(store->delivery_done(first.id, kOwner, now()));
  CHECK(state(id) == JobState::kEncoded);
  REQUIRE(store->delivery_done(sending().id, kOwner, now()));
  CHECK(state(id) == JobState::kDelivered);
  CHECK(nothing_to_claim());
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: a delivery that is to be tried later waits until then") {
  const JobId id = encoded_job(1, {"pacs"});
  REQUIRE(store->delivery_retry_later(sending().id, kOwner, kTryLater, now() + 30s, now()));
  const Delivery waiting = store->deliveries_of(id)->front();
  CHECK(waiting.state == DeliveryState::kWaiting);
  CHECK(waiting.message == "no answer");
  CHECK(waiting.not_before == now() + 30s);
  CHECK(nothing_to_claim());
  clock.advance(30s);
  CHECK(sending().attempt == 2);
  CHECK(state(id) == JobState::kEncoded);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: the job fails when nothing is under way any more") {
  const JobId id = encoded_job(1, {"pacs", "archive"});
  const Delivery pacs = sending();
  const Delivery archive = sending();
  REQUIRE(store->delivery_failed(pacs.id, kOwner, kRefused, now()));
  CHECK(state(id) == JobState::kEncoded);
  REQUIRE(store->delivery_done(archive.id, kOwner, now()));
  const Job job = *store->job(id);
  CHECK(job.state == JobState::kFailed);
  CHECK(job.message == "not delivered to 'pacs': refused with status A900");
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a delivery changes only for the owner of its lease") {
  encoded_job(1, {"pacs"});
  const DeliveryId id = sending().id;
  const std::vector outcomes{
      store->delivery_done(id, "other/delivery-0", now()),
      store->delivery_retry_later(id, "other/delivery-0", kTryLater, now(), now()),
      store->delivery_failed(id, "other/delivery-0", kRefused, now())};
  for (const Status& outcome : outcomes) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::kConflict);
  }
  REQUIRE(store->delivery_done(id, kOwner, now()));
  CHECK(store->delivery_done(id, kOwner, now()).error().code == ErrorCode::kConflict);
  CHECK(store->delivery_done(99, kOwner, now()).error().code == ErrorCode::kNotFound);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: cancelling ends waiting deliveries at once") {
  const JobId id = encoded_job(1, {"pacs", "archive"});
  const Delivery under_way = sending();
  REQUIRE(store->cancel_job(id, now()));
  CHECK((*store->deliveries_of(id))[1].state == DeliveryState::kCancelled);
  CHECK((*store->deliveries_of(id))[0].state == DeliveryState::kSending);
  DeliveryState expected = DeliveryState::kCancelled;
  SUBCASE("one under way that arrives is recorded") {
    REQUIRE(store->delivery_done(under_way.id, kOwner, now()));
    expected = DeliveryState::kDelivered;
  }
  SUBCASE("one under way that fails is cancelled") {
    REQUIRE(store->delivery_failed(under_way.id, kOwner, kRefused, now()));
  }
  SUBCASE("one under way that should be tried again is cancelled") {
    REQUIRE(store->delivery_retry_later(under_way.id, kOwner, kTryLater, now() + 1s, now()));
  }
  SUBCASE("one under way whose worker dies is cancelled") {
    REQUIRE(store->recover("node", 3, now()));
  }
  CHECK((*store->deliveries_of(id))[0].state == expected);
  CHECK(state(id) == JobState::kCancelled);
  CHECK(nothing_to_claim());
}

namespace {

ResultObject object(ResultKind kind, const char* number) {
  return {kind, *SeriesUid::parse(std::string("2.25.7") + number),
          *SopInstanceUid::parse(std::string("2.25.8") + number), std::string(number) + ".dcm"};
}

/// A plain package for the archive, a full one for the reading room.
JobResult two_packages() {
  return {.packages = {{"plain", {object(ResultKind::kSegmentation, "1")}},
                       {"full",
                        {object(ResultKind::kSegmentation, "2"), object(ResultKind::kReport, "3"),
                         object(ResultKind::kPictures, "4")}}},
          .destinations = {{"archive", "plain"}, {"reading", "full"}},
          .hold = {}};
}

}  // namespace

TEST_CASE_FIXTURE(StoreFixture, "job_store: each destination gets the files of its package") {
  const JobId id = running_job(1);
  REQUIRE(store->job_encoded(id, "node/job-0", two_packages(), now()));
  const auto deliveries = *store->deliveries_of(id);
  REQUIRE(deliveries.size() == 2);
  using Files = std::vector<std::filesystem::path>;
  CHECK(deliveries[0].profile == "plain");
  CHECK(deliveries[0].files == Files{"1.dcm"});
  CHECK(deliveries[1].files == Files{"2.dcm", "3.dcm", "4.dcm"});
  CHECK(sending().files == Files{"1.dcm"});
  CHECK(sending().files == Files{"2.dcm", "3.dcm", "4.dcm"});

  const auto packages = *store->results_of(id);
  REQUIRE(packages.size() == 2);
  CHECK(packages[0].profile == "full");
  REQUIRE(packages[0].objects.size() == 3);
  CHECK(packages[0].objects[1].kind == ResultKind::kReport);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a destination without a package is a bug, not a loss") {
  const JobId id = running_job(1);
  JobResult result = two_packages();
  SUBCASE("no such profile") { result.destinations[1].profile = "other"; }
  SUBCASE("nothing in it") { result.packages[1].objects.clear(); }
  const auto stored = store->job_encoded(id, "node/job-0", result, now());
  REQUIRE_FALSE(stored);
  CHECK(stored.error().code == ErrorCode::kInternal);
  CHECK(state(id) == JobState::kRunning);
  CHECK(store->deliveries_of(id)->empty());
  CHECK(store->results_of(id)->empty());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a held job keeps its deliveries until it is released") {
  const JobId id = running_job(1);
  JobResult result = two_packages();
  result.hold = "left vessels lie in the right lung";
  REQUIRE(store->job_encoded(id, "node/job-0", result, now()));
  CHECK(state(id) == JobState::kHeld);
  CHECK(store->job(id)->message == result.hold);
  CHECK(store->job(id)->progress == 1.0);
  CHECK(nothing_to_claim());
  CHECK(store->retry_job(id, now()).error().code == ErrorCode::kConflict);
  REQUIRE(store->recover("node", 3, now()));
  CHECK(state(id) == JobState::kHeld);

  SUBCASE("released") {
    REQUIRE(store->release_job(id, now()));
    CHECK(state(id) == JobState::kEncoded);
    CHECK(store->job(id)->message.empty());
    CHECK(sending().destination == "archive");
    CHECK(store->release_job(id, now()).error().code == ErrorCode::kConflict);
  }
  SUBCASE("cancelled") {
    REQUIRE(store->cancel_job(id, now()));
    CHECK(state(id) == JobState::kCancelled);
    CHECK(nothing_to_claim());
    CHECK(store->release_job(id, now()).error().code == ErrorCode::kConflict);
  }
  SUBCASE("superseded by a newer job of its series") {
    receive(1, 4, 4);
    close(1);
    CHECK(state(id) == JobState::kCancelled);
  }
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a held job without destinations is delivered then") {
  const JobId id = running_job(1);
  JobResult result = two_packages();
  result.destinations.clear();
  result.hold = "nothing found";
  REQUIRE(store->job_encoded(id, "node/job-0", result, now()));
  REQUIRE(state(id) == JobState::kHeld);
  REQUIRE(store->release_job(id, now()));
  CHECK(state(id) == JobState::kDelivered);
}
