#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;

TEST_CASE_FIXTURE(StoreFixture, "job_store: an instance comes back as it was recorded") {
  ReceivedInstance sent = instance(1, 7, now());
  sent.expected_in_series = 30;
  REQUIRE(store->add_instances(std::span(&sent, 1)));
  const auto stored = store->instances_of(key_of(1));
  REQUIRE(stored);
  REQUIRE(stored->size() == 1);
  const ReceivedInstance& got = stored->front();
  CHECK(got.sop == sent.sop);
  CHECK(got.sop_class == sent.sop_class);
  CHECK(got.transfer_syntax == sent.transfer_syntax);
  CHECK(got.series == sent.series);
  CHECK(got.calling_ae == sent.calling_ae);
  CHECK(got.file == sent.file);
  CHECK(got.size_bytes == sent.size_bytes);
  CHECK(got.sha256 == sent.sha256);
  CHECK(got.received_at == sent.received_at);
  CHECK(got.expected_in_series == sent.expected_in_series);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: add_instances returns the series that grew") {
  const std::vector both{instance(1, 1, now()), instance(2, 1, now()), instance(1, 1, now())};
  CHECK(*store->add_instances(both) == std::vector{key_of(1), key_of(2)});
  CHECK(store->add_instances(both)->empty());
  CHECK(store->instances_of(key_of(1))->size() == 1);
  CHECK(*store->knows_instance(key_of(1), both[0].sop));
  CHECK_FALSE(*store->knows_instance(key_of(2), both[0].sop));
  CHECK(store->instances_of(key_of(3))->empty());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: an open series tells what it waits for") {
  auto first = instance(1, 1, now());
  auto second = instance(1, 2, now() + std::chrono::seconds(5));
  second.expected_in_series = 3;
  REQUIRE(store->add_instances(std::vector{second, first}));
  const auto open = store->open_series();
  REQUIRE(open->size() == 1);
  CHECK(open->front().key == key_of(1));
  CHECK(open->front().instances == 2);
  CHECK(open->front().first_received_at == first.received_at);
  CHECK(open->front().last_received_at == second.received_at);
  CHECK(open->front().expected == 3);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a known instance does not open a closed series") {
  queued_job(1);
  receive(1, 1, 3);
  CHECK(store->open_series()->empty());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a new instance opens a series that was not segmented") {
  receive(1, 1, 1);
  CHECK_FALSE(close(1, NotSegmented{"1 slice, rules.min_slices is 20"}));
  auto summary = store->series(10)->front();
  CHECK_FALSE(summary.open);
  CHECK(summary.not_segmented == "1 slice, rules.min_slices is 20");

  clock.advance(std::chrono::hours(3));
  receive(1, 2, 2);
  summary = store->series(10)->front();
  CHECK(summary.open);
  CHECK(summary.not_segmented == "");
  CHECK(summary.instances == 2);
  // Its longest wait starts now, not three hours ago.
  CHECK(store->open_series()->front().first_received_at == now());
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: series lists the last received first, up to the limit") {
  for (const int series : {2, 1, 3}) {
    receive(series, 1, 1);
    clock.advance(std::chrono::seconds(1));
  }
  const auto rows = store->series(2);
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].key == key_of(3));
  CHECK((*rows)[1].key == key_of(1));
  CHECK(store->series(0)->empty());
  CHECK(store->series(-1)->empty());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: closing makes a job for just these instances") {
  receive(1, 1, 3);
  const std::string seen = digest(1);
  const auto id = close(1);
  REQUIRE(id);
  const Job job = *store->job(*id);
  CHECK(job.series == key_of(1));
  CHECK(job.instances_digest == seen);
  CHECK(job.state == JobState::kQueued);
  CHECK(job.attempt == 0);
  CHECK(job.created_at == now());
  CHECK(store->results_of(*id)->empty());
  CHECK(store->open_series()->empty());
}

TEST_CASE_FIXTURE(StoreFixture,
                  "job_store: what an open series waits for is told until it closes") {
  receive(1, 1, 3);
  CHECK_FALSE(store->series(10)->front().wait);
  REQUIRE(store->series_waits(key_of(1), {"waiting for 2 of 5 instances", now()}));
  auto summary = reopened()->series(10)->front();
  REQUIRE(summary.wait);
  CHECK(summary.wait->what == "waiting for 2 of 5 instances");
  CHECK(summary.wait->until == now());
  close(1);
  CHECK_FALSE(store->series(10)->front().wait);
  REQUIRE(store->series_waits(key_of(1), {"too late", now()}));  // it has just been closed
  CHECK_FALSE(store->series(10)->front().wait);
  CHECK(store->series_waits(key_of(7), {"unknown", now()}));
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a job keeps the note about its input") {
  receive(1, 1, 3);
  const auto id = close(1, ToSegment{.note = "incomplete, 3 of 5 instances"});
  REQUIRE(id);
  CHECK(store->job(*id)->note == "incomplete, 3 of 5 instances");
  CHECK(store->events_of(*id)->front().reason == "instances: 3; incomplete, 3 of 5 instances");
  receive(2, 1, 3);
  CHECK(store->job(*close(2))->note.empty());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: closing fails when the series has grown meanwhile") {
  receive(1, 1, 3);
  const std::string seen = digest(1);
  receive(1, 4, 4);
  const auto closed = store->close_series(key_of(1), seen, ToSegment{}, now());
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == ErrorCode::kConflict);
  CHECK(store->open_series()->size() == 1);
  CHECK(store->jobs(std::nullopt, 10)->empty());

  const auto unknown = store->close_series(key_of(9), seen, ToSegment{}, now());
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::kNotFound);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: the same instances never make a second job") {
  const JobId id = queued_job(1);
  const auto close_again = [&] { CHECK_FALSE(close(1)); };
  close_again();
  CHECK(state(id) == JobState::kQueued);
  SUBCASE("nor bring back a cancelled one") {
    REQUIRE(store->cancel_job(id, now()));
    close_again();
    CHECK(state(id) == JobState::kCancelled);
  }
  SUBCASE("nor a failed one") {
    REQUIRE(store->job_failed(claimed().id, "node/job-0", kRefused, now()));
    close_again();
    CHECK(state(id) == JobState::kFailed);
  }
  CHECK(store->jobs(std::nullopt, 10)->size() == 1);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a larger set supersedes the unfinished jobs") {
  JobId old = 0;
  SUBCASE("queued") { old = queued_job(1); }
  SUBCASE("running") { old = running_job(1); }
  SUBCASE("with a waiting delivery") { old = encoded_job(1, {"pacs"}); }
  receive(1, 4, 4);
  const auto replacement = close(1);
  REQUIRE(replacement);
  const Job job = *store->job(old);
  CHECK(job.state == JobState::kCancelled);
  CHECK(job.message == fmt::format("superseded by job {}", *replacement));
  const auto deliveries = store->deliveries_of(old);
  for (const Delivery& delivery : *deliveries) {
    CHECK(delivery.state == DeliveryState::kCancelled);
    CHECK(delivery.message == job.message);
  }
  CHECK(claimed().id == *replacement);
  CHECK(nothing_to_claim());
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: a larger set leaves finished jobs alone") {
  const JobId delivered = encoded_job(1, {});
  receive(1, 4, 4);
  REQUIRE(close(1));
  CHECK(state(delivered) == JobState::kDelivered);
}

TEST_CASE_FIXTURE(StoreFixture, "job_store: jobs of a series that is not segmented now end") {
  const JobId old = queued_job(1);
  receive(1, 4, 4);
  CHECK_FALSE(close(1, NotSegmented{"too many slices"}));
  CHECK(state(old) == JobState::kCancelled);
}

TEST_CASE_FIXTURE(StoreFixture, "series: what two nodes received of one series is two series") {
  const VirtualNode thin = *VirtualNode::parse("thin");
  const auto at_thin = [&](int number) {
    auto one = instance(1, number, now());
    one.series.node = thin;
    one.file = "virtual/thin/" + one.file.string();
    return one;
  };
  receive(1, 1, 3);
  const std::vector both{at_thin(1), at_thin(4)};
  const auto grown = store->add_instances(both);
  REQUIRE(grown);
  CHECK(*grown == std::vector{both.front().series});
  CHECK(store->instances_of(key_of(1))->size() == 3);
  CHECK(store->instances_of(both.front().series)->size() == 2);
  CHECK(store->instances_of(both.front().series)->front().file == both.front().file);
  CHECK(*store->knows_instance(key_of(1), both[0].sop));
  CHECK_FALSE(*store->knows_instance(key_of(1), both[1].sop));
  CHECK(*store->knows_instance(both.front().series, both[1].sop));
  CHECK(store->open_series()->size() == 2);

  // A job of one is none of the other's business.
  const auto main_job = close(1);
  REQUIRE(main_job);
  const auto digest_at_thin = instances_digest(*store->instances_of(both.front().series));
  const auto thin_job =
      store->close_series(both.front().series, digest_at_thin, ToSegment{}, now());
  REQUIRE(thin_job);
  REQUIRE(*thin_job);
  CHECK(state(*main_job) == JobState::kQueued);
  CHECK(store->job(*main_job)->series.node.is_main());
  CHECK(store->job(**thin_job)->series.node == thin);
  // The same set of instances at both is two pieces of work, too.
  REQUIRE(store->add_instances(std::vector{at_thin(2), at_thin(3)}));
  REQUIRE(store->add_instances(std::vector{instance(1, 4, now())}));
  const auto all = digest(1);
  CHECK(all == instances_digest(*store->instances_of(both.front().series)));
  CHECK(close(1));
  const auto all_at_thin = store->close_series(both.front().series, all, ToSegment{}, now());
  REQUIRE(all_at_thin);
  CHECK(all_at_thin->has_value());
  const auto summaries = store->series(10);
  REQUIRE(summaries->size() == 2);
  CHECK((*summaries)[0].key.node != (*summaries)[1].key.node);
}
