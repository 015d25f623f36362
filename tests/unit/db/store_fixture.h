#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "db/job_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

inline SeriesKey key_of(int series) {
  return {*StudyUid::parse("1.2.3"), *SeriesUid::parse(fmt::format("1.2.3.{}", series))};
}

inline ReceivedInstance instance(int series, int number, Time received_at) {
  const std::string sop = fmt::format("1.2.3.{}.{}", series, number);
  return {.sop = *SopInstanceUid::parse(sop),
          .sop_class = *SopClassUid::parse("1.2.840.10008.5.1.4.1.1.2"),
          .transfer_syntax = *TransferSyntaxUid::parse("1.2.840.10008.1.2.1"),
          .series = key_of(series),
          .calling_ae = "SCANNER",
          .file = "1.2.3/" + sop + ".dcm",
          .size_bytes = 1000,
          .sha256 = fmt::format("{:064x}", number),
          .received_at = received_at,
          .expected_in_series = std::nullopt};
}

/// A segmentation.
inline const ResultObject kObject{ResultKind::kSegmentation, *SeriesUid::parse("2.25.1"),
                                  *SopInstanceUid::parse("2.25.2"), "2.25.2.dcm"};
/// The standard package for these destinations.
inline JobResult result_for(const std::vector<std::string>& destinations,
                            const ResultObject& object = kObject) {
  JobResult result{.packages = {{"standard", {object}}}, .destinations = {}, .hold = {}};
  for (const auto& name : destinations) result.destinations.push_back({name, "standard"});
  return result;
}
inline const Error kTryLater{ErrorCode::kUnavailable, "no answer"};
inline const Error kRefused{ErrorCode::kInvalidInput, "refused with status A900"};

/// A store in a fresh directory and the steps that most tests share. Every step is REQUIREd.
struct StoreFixture {
  TempDir dir;
  FakeClock clock;
  std::unique_ptr<JobStore> store = reopened();

  [[nodiscard]] std::filesystem::path file() const { return dir / "hilum.db"; }
  [[nodiscard]] std::unique_ptr<JobStore> reopened() const {
    auto opened = db::SqliteJobStore::open(file());
    REQUIRE_MESSAGE(opened, opened.error().message);
    return std::move(*opened);
  }
  [[nodiscard]] CommitmentStore& commitments() const {
    return dynamic_cast<CommitmentStore&>(*store);
  }
  [[nodiscard]] Time now() const { return clock.now(); }
  [[nodiscard]] Lease lease(std::string owner = "node/job-0") const {
    return {.owner = std::move(owner), .until = now() + std::chrono::seconds(60)};
  }

  void receive(int series, int first, int last) {
    std::vector<ReceivedInstance> instances;
    for (int number = first; number <= last; ++number) {
      instances.push_back(instance(series, number, now()));
    }
    REQUIRE(store->add_instances(instances));
  }
  [[nodiscard]] std::string digest(int series) {
    return instances_digest(*store->instances_of(key_of(series)));
  }
  std::optional<JobId> close(int series, const SeriesDecision& decision = ToSegment{}) {
    auto closed = store->close_series(key_of(series), digest(series), decision, now());
    REQUIRE_MESSAGE(closed, closed.error().message);
    return *closed;
  }
  JobId queued_job(int series) {
    receive(series, 1, 3);
    const auto id = close(series);
    REQUIRE(id);
    return *id;
  }
  Job claimed(const std::string& owner = "node/job-0") {
    auto job = store->claim_job(lease(owner), now());
    REQUIRE_MESSAGE(job, job.error().message);
    REQUIRE(*job);
    return **job;
  }
  JobId running_job(int series) {
    queued_job(series);
    return claimed().id;
  }
  JobId encoded_job(int series, const std::vector<std::string>& destinations) {
    const JobId id = running_job(series);
    REQUIRE(store->job_encoded(id, "node/job-0", result_for(destinations), now()));
    return id;
  }
  Delivery sending(const std::string& owner = "node/delivery-0") {
    auto delivery = store->claim_delivery(lease(owner), now());
    REQUIRE_MESSAGE(delivery, delivery.error().message);
    REQUIRE(*delivery);
    return **delivery;
  }
  [[nodiscard]] JobState state(JobId id) { return store->job(id)->state; }
  [[nodiscard]] bool nothing_to_claim() {
    return !*store->claim_job(lease(), now()) && !*store->claim_delivery(lease(), now());
  }
};

}  // namespace hilum::test
