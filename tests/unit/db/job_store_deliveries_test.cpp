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
