#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "db/job_store.h"
#include "db/rows.h"

/// Requests for storage commitment, on the side of who makes them.
namespace hilum::db {

Result<std::optional<StoredDelivery>> SqliteJobStore::claim_stored(const Lease& lease, Time now) {
  using MaybeStored = std::optional<StoredDelivery>;
  return write(Durability::kNow, [&]() -> Result<MaybeStored> {
    DeliveryId id = 0;
    {
      auto query = db_->use(
          "UPDATE deliveries SET lease_owner = ?1, lease_until = ?2 WHERE id ="
          " (SELECT d.id FROM deliveries d JOIN jobs j ON j.id = d.job_id"
          "  JOIN series s ON s.id = j.series_id"
          "  WHERE d.state = 'stored' AND d.lease_owner IS NULL AND s.open = 0"
          "  AND j.state = 'encoded' AND (d.not_before IS NULL OR d.not_before <= ?3)"
          "  ORDER BY d.id LIMIT 1) RETURNING id");
      auto row = query.bind(lease.owner).bind(lease.until).bind(now).step();
      if (!row) return std::move(row).error();
      if (!*row) return MaybeStored();
      id = query.integer(0);
    }
    auto delivery = find_delivery(id);
    if (!delivery) return std::move(delivery).error();
    auto last = last_request(id);
    if (!last) return std::move(last).error();
    StoredDelivery stored{
        .delivery = std::move(*delivery), .unanswered = last->unanswered, .refused = last->refused};
    if (last->reported) {
      stored.stage = StoredDelivery::Stage::kReported;
      auto missing = not_committed(id);
      if (!missing) return std::move(missing).error();
      stored.not_committed = std::move(*missing);
    } else if (last->deadline) {
      stored.stage = StoredDelivery::Stage::kNoReport;
    }
    return MaybeStored(std::move(stored));
  });
}

Result<SqliteJobStore::LastRequest> SqliteJobStore::last_request(DeliveryId id) {
  auto query = db_->use(
      "SELECT r.outcome IN ('committed', 'not-committed'), d.unanswered, d.refused, r.deadline"
      " FROM deliveries d LEFT JOIN commitment_requests r ON r.transaction_uid = d.last_request"
      " WHERE d.id = ?");
  auto row = query.bind(id).step();
  if (!row) return std::move(row).error();
  return LastRequest{.reported = query.integer(0) != 0,
                     .unanswered = static_cast<int>(query.integer(1)),
                     .refused = static_cast<int>(query.integer(2)),
                     .deadline = query.maybe_time(3)};
}

Result<bool> SqliteJobStore::is_stored_by(DeliveryId id, const std::string& owner) {
  auto query = db_->use("SELECT state = 'stored', lease_owner IS ?2 FROM deliveries WHERE id = ?1");
  auto row = query.bind(id).bind(owner).step();
  if (!row) return std::move(row).error();
  if (!*row) return Error{ErrorCode::kNotFound, fmt::format("there is no delivery {}", id)};
  if (query.integer(0) == 0) return false;
  if (query.integer(1) != 0) return true;
  return Error{ErrorCode::kConflict,
               fmt::format("delivery {} is in the hands of another worker by now", id)};
}

Status SqliteJobStore::commitment_begun(DeliveryId id, const std::string& owner,
                                        const TransactionUid& transaction, Time deadline,
                                        Time now) {
  return write(Durability::kNow, [&]() -> Status {
    auto stored = is_stored_by(id, owner);
    if (!stored) return std::move(stored).error();
    if (!*stored) {
      return Error{ErrorCode::kConflict, fmt::format("delivery {} is not stored any more", id)};
    }
    auto earlier = db_->use(
                          "UPDATE commitment_requests SET outcome = 'no-report'"
                          " WHERE delivery_id = ? AND outcome IN ('asking', 'awaited')")
                       .bind(id)
                       .run();
    if (!earlier) return std::move(earlier).error();
    auto written =
        db_->use(
               "INSERT INTO commitment_requests"
               " (transaction_uid, delivery_id, attempt, requested_at, deadline, outcome)"
               " SELECT ?1, ?2, coalesce(max(attempt), 0) + 1, ?3, ?4, 'asking'"
               " FROM commitment_requests WHERE delivery_id = ?2")
            .bind(transaction.str())
            .bind(id)
            .bind(now)
            .bind(deadline)
            .run();
    if (!written) return std::move(written).error();
    auto last = db_->use(
                       "UPDATE deliveries SET last_request = ?, unanswered = unanswered + 1,"
                       " updated_at = ? WHERE id = ?")
                    .bind(transaction.str())
                    .bind(now)
                    .bind(id)
                    .run();
    if (!last) return std::move(last).error();
    return ok();
  });
}

Status SqliteJobStore::rest(DeliveryId id, std::string_view message, std::optional<Time> not_before,
                            Time now) {
  auto rested = db_->use(
                       "UPDATE deliveries SET lease_owner = NULL, lease_until = NULL,"
                       " message = CASE ?1 WHEN '' THEN message ELSE ?1 END, not_before = ?2,"
                       " updated_at = ?3 WHERE id = ?4")
                    .bind(message)
                    .bind(not_before)
                    .bind(now)
                    .bind(id)
                    .run();
  if (!rested) return std::move(rested).error();
  return ok();
}

/// A report may be faster than the answer to the request, or come although the answer does not:
/// then it says what is to be done.
Status SqliteJobStore::end_request(DeliveryId id, const std::string& owner,
                                   std::string_view outcome, Time now,
                                   const RestAfter& rest_after) {
  return write(Durability::kNow, [&]() -> Status {
    auto stored = is_stored_by(id, owner);
    if (!stored) return std::move(stored).error();
    if (!*stored) return ok();
    auto last = last_request(id);
    if (!last) return std::move(last).error();
    if (last->reported) return rest(id, "", std::nullopt, now);
    auto noted = db_->use(
                        "UPDATE commitment_requests SET outcome = ? WHERE transaction_uid ="
                        " (SELECT last_request FROM deliveries WHERE id = ?)")
                     .bind(outcome)
                     .bind(id)
                     .run();
    if (!noted) return std::move(noted).error();
    return rest_after(*last);
  });
}

Status SqliteJobStore::commitment_awaited(DeliveryId id, const std::string& owner, Time now) {
  return end_request(id, owner, "awaited", now, [&](const LastRequest& last) -> Status {
    auto counted = db_->use("UPDATE deliveries SET refused = 0 WHERE id = ?").bind(id).run();
    if (!counted) return std::move(counted).error();
    return rest(id,
                fmt::format("stored; its report on request {} is awaited, whether it keeps it",
                            last.unanswered),
                last.deadline, now);
  });
}

Status SqliteJobStore::commitment_refused(DeliveryId id, const std::string& owner, const Error& why,
                                          Time not_before, Time now) {
  return end_request(id, owner, "refused", now, [&](const LastRequest&) -> Status {
    auto counted = db_->use(
                          "UPDATE deliveries SET last_request = NULL, refused = refused + 1,"
                          " unanswered = max(unanswered - 1, 0) WHERE id = ?")
                       .bind(id)
                       .run();
    if (!counted) return std::move(counted).error();
    return rest(id, why.message, not_before, now);
  });
}

Status SqliteJobStore::commitment_waived(DeliveryId id, const std::string& owner,
                                         const std::string& note, Time now) {
  return write(Durability::kNow, [&]() -> Status {
    auto stored = is_stored_by(id, owner);
    if (!stored) return std::move(stored).error();
    if (!*stored) return ok();
    return end_sending({.id = id,
                        .from = DeliveryState::kStored,
                        .to = DeliveryState::kDelivered,
                        .reason = note,
                        .now = now,
                        .held_by = owner});
  });
}

/// The UIDs of a job that has run again may be the same; what was said about them before is not
/// relied upon. Reports that still come are those of unknown transactions.
Status SqliteJobStore::forget_commitments(JobId id) {
  for (const char* sql : {"DELETE FROM commitment_requests WHERE delivery_id IN"
                          " (SELECT id FROM deliveries WHERE job_id = ? AND state <> 'delivered')",
                          "DELETE FROM object_commitments WHERE delivery_id IN"
                          " (SELECT id FROM deliveries WHERE job_id = ? AND state <> 'delivered')",
                          "UPDATE deliveries SET last_request = NULL, unanswered = 0, refused = 0"
                          " WHERE job_id = ? AND state <> 'delivered'"}) {
    if (auto done = db_->use(sql).bind(id).run(); !done) return std::move(done).error();
  }
  return ok();
}

}  // namespace hilum::db
