#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/db/store_fixture.h"

/// What tests of requests and of reports share.
namespace hilum::test {

using std::chrono_literals::operator""s;

inline TransactionUid transaction(int number) {
  return *TransactionUid::parse(fmt::format("2.25.9{}", number));
}
inline SopInstanceUid sop(int number) {
  return *SopInstanceUid::parse(fmt::format("2.25.8{}", number));
}

/// A job whose destination "pacs" gets three objects, 1 to 3. After each step the store is opened
/// anew, as by a node that was killed.
struct CommitmentFixture : StoreFixture {
  using Stage = StoredDelivery::Stage;
  using Kind = RecordedReport::Kind;
  using Files = std::vector<std::filesystem::path>;
  inline static const std::string kOwner = "node/delivery-0";

  JobId job = stored_job();
  DeliveryId id = delivery().id;

  JobId stored_job() {
    const JobId made = running_job(1);
    JobResult result{
        .packages = {{"standard", {}}}, .destinations = {{"pacs", "standard"}}, .hold = {}};
    for (int number = 1; number <= 3; ++number) {
      result.packages[0].objects.push_back({ResultKind::kSegmentation, *SeriesUid::parse("2.25.7"),
                                            sop(number), fmt::format("{}.dcm", number)});
    }
    REQUIRE(store->job_encoded(made, "node/job-0", result, now()));
    REQUIRE(store->delivery_stored(sending().id, kOwner, now()));
    restart();
    return made;
  }
  void restart() { store = reopened(); }
  void restart_and_recover() {
    restart();
    REQUIRE(store->recover("node", 3, now()));
  }
  [[nodiscard]] Delivery delivery() const { return store->deliveries_of(1)->front(); }
  StoredDelivery claim_stored() {
    auto stored = commitments().claim_stored(lease(kOwner), now());
    REQUIRE_MESSAGE(stored, stored.error().message);
    REQUIRE(*stored);
    return **stored;
  }
  [[nodiscard]] bool nothing_stored_is_due() {
    return !commitments().claim_stored(lease(kOwner), now())->has_value();
  }
  void begin(int number, std::chrono::seconds patience = 600s) {
    const Status begun =
        commitments().commitment_begun(id, kOwner, transaction(number), now() + patience, now());
    REQUIRE_MESSAGE(begun, begun.error().message);
    restart();
  }
  void ask(int number, std::chrono::seconds patience = 600s) {
    claim_stored();
    begin(number, patience);
    REQUIRE(commitments().commitment_awaited(id, kOwner, now()));
    restart();
  }
  RecordedReport report(int number, const std::vector<int>& committed,
                        const std::vector<NotCommitted>& failed = {}) {
    CommitmentReport said{.transaction = transaction(number), .committed = {}, .failed = failed};
    for (const int one : committed) said.committed.push_back(sop(one));
    auto recorded = commitments().record_report(said, now());
    REQUIRE_MESSAGE(recorded, recorded.error().message);
    restart();
    return *recorded;
  }
};

}  // namespace hilum::test
