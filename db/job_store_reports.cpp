#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "db/job_store.h"

/// What destinations report about the objects that they were asked to keep.
namespace hilum::db {
namespace {

/// Each reason once, with how many objects it is about.
std::string reasons_of(const std::vector<NotCommitted>& missing) {
  std::map<std::uint16_t, int> counts;
  for (const NotCommitted& one : missing) ++counts[one.reason];
  std::vector<std::string> texts;
  for (const auto& [reason, count] : counts) {
    texts.push_back(fmt::format("{}: {}", reason_in_words(reason), count));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

bool has_failed(const CommitmentReport& report, const SopInstanceUid& sop) {
  return std::ranges::find(report.failed, sop, &NotCommitted::sop) != report.failed.end();
}

}  // namespace

Result<RecordedReport> SqliteJobStore::record_report(const CommitmentReport& report, Time now) {
  return write(Durability::kNow, [&]() -> Result<RecordedReport> {
    auto found = find_request(report.transaction);
    if (!found) return std::move(found).error();
    if (!*found) return RecordedReport{};
    const Requested& request = **found;
    auto delivery = find_delivery(request.delivery);
    if (!delivery) return std::move(delivery).error();
    RecordedReport recorded{.kind = RecordedReport::Kind::kRepeated,
                            .job = delivery->job,
                            .delivery = delivery->id,
                            .of_last_request = request.is_last};
    if (request.outcome == "committed" || request.outcome == "not-committed") return recorded;
    recorded.kind = RecordedReport::Kind::kRecorded;
    if (auto written = record_objects(request, report); !written) return std::move(written).error();
    auto missing = not_committed(delivery->id);
    if (!missing) return std::move(missing).error();
    recorded.missing = static_cast<int>(missing->size());
    recorded.reasons = reasons_of(*missing);
    auto noted = db_->use("UPDATE commitment_requests SET outcome = ? WHERE transaction_uid = ?")
                     .bind(missing->empty() ? "committed" : "not-committed")
                     .bind(report.transaction.str())
                     .run();
    if (!noted) return std::move(noted).error();
    if (delivery->state != DeliveryState::kStored) return recorded;
    if (auto moved = act_on(recorded, now); !moved) return std::move(moved).error();
    return recorded;
  });
}

Status SqliteJobStore::record_objects(const Requested& request, const CommitmentReport& report) {
  for (const SopInstanceUid& sop : report.committed) {
    if (has_failed(report, sop)) continue;
    if (auto done = record_object(request, sop, std::nullopt); !done) return done;
  }
  for (const NotCommitted& one : report.failed) {
    if (auto done = record_object(request, one.sop, one.reason); !done) return done;
  }
  return ok();
}

/// Of objects that are none of the delivery's nothing is kept. What a later request was answered
/// stays: the destination may have lost since then what it once had.
Status SqliteJobStore::record_object(const Requested& request, const SopInstanceUid& sop,
                                     std::optional<std::int64_t> failure) {
  auto written = db_->use(
                        "INSERT INTO object_commitments (delivery_id, sop, attempt, failure)"
                        " SELECT d.id, o.sop, ?1, ?2 FROM deliveries d JOIN result_objects o"
                        "  ON o.job_id = d.job_id AND o.profile = d.profile"
                        "  WHERE d.id = ?3 AND o.sop = ?4"
                        " ON CONFLICT (delivery_id, sop) DO UPDATE SET attempt = excluded.attempt,"
                        "  failure = excluded.failure WHERE excluded.attempt >= attempt")
                     .bind(request.attempt)
                     .bind(failure)
                     .bind(request.delivery)
                     .bind(sop.str())
                     .run();
  if (!written) return std::move(written).error();
  return ok();
}

/// A delivery in state kStored has got a report.
Status SqliteJobStore::act_on(const RecordedReport& recorded, Time now) {
  if (recorded.missing == 0) {
    return end_sending({.id = recorded.delivery,
                        .from = DeliveryState::kStored,
                        .to = DeliveryState::kDelivered,
                        .reason = {},
                        .now = now});
  }
  // What an earlier request is answered does not decide; the last one's report is still to come.
  if (!recorded.of_last_request) return ok();
  // Due for a worker now; one that holds it finds the report when it lets go.
  auto due = db_->use(
                    "UPDATE deliveries SET not_before = NULL, unanswered = 0, refused = 0,"
                    " message = ?, updated_at = ? WHERE id = ?")
                 .bind(fmt::format("not committed: {}", recorded.reasons))
                 .bind(now)
                 .bind(recorded.delivery)
                 .run();
  if (!due) return std::move(due).error();
  return ok();
}

Result<std::optional<SqliteJobStore::Requested>> SqliteJobStore::find_request(
    const TransactionUid& transaction) {
  using MaybeRequested = std::optional<Requested>;
  auto query = db_->use(
      "SELECT r.delivery_id, r.attempt, r.outcome, d.last_request IS r.transaction_uid"
      " FROM commitment_requests r JOIN deliveries d ON d.id = r.delivery_id"
      " WHERE r.transaction_uid = ?");
  auto row = query.bind(transaction.str()).step();
  if (!row) return std::move(row).error();
  if (!*row) return MaybeRequested();
  return MaybeRequested({query.integer(0), query.integer(1), query.text(2), query.integer(3) != 0});
}

Result<std::vector<NotCommitted>> SqliteJobStore::not_committed(DeliveryId id) {
  return db_
      ->use(
          "SELECT o.sop, coalesce(c.failure, 0) FROM deliveries d"
          " JOIN result_objects o ON o.job_id = d.job_id AND o.profile = d.profile"
          " LEFT JOIN object_commitments c ON c.delivery_id = d.id AND c.sop = o.sop"
          " WHERE d.id = ? AND (c.sop IS NULL OR c.failure IS NOT NULL) ORDER BY o.position")
      .bind(id)
      .all([](const auto& row) -> Result<NotCommitted> {
        auto sop = SopInstanceUid::parse(row.text(0));
        if (!sop) return std::move(sop).error();
        return NotCommitted{std::move(*sop), static_cast<std::uint16_t>(row.integer(1))};
      });
}

}  // namespace hilum::db
