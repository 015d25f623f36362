#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "db/job_store.h"
#include "db/rows.h"

/// Results on their way to their destinations.
namespace hilum::db {
namespace {

/// Without its package a delivery would be forgotten.
Status check_made(const JobResult& result, const JobResult::Destination& destination) {
  const bool made = std::ranges::any_of(result.packages, [&](const ResultPackage& package) {
    return package.profile == destination.profile && !package.objects.empty();
  });
  if (made) return ok();
  return Error{ErrorCode::kInternal, fmt::format("nothing was made for profile '{}' of '{}'",
                                                 destination.profile, destination.name)};
}

}  // namespace

Status SqliteJobStore::move_delivery(const DeliveryMove& move) {
  assert(can_transition(move.from, move.to));
  const bool sending = move.to == DeliveryState::kSending;
  auto changed = update(
      "UPDATE deliveries SET state = ?1, updated_at = ?2, message = ?3, not_before = ?4,"
      " lease_owner = ?5, lease_until = ?6, attempt = attempt + (?1 = 'sending')"
      " WHERE id = ?7 AND state = ?8 AND (?9 IS NULL OR lease_owner = ?9)",
      move, sending ? std::string_view() : std::string_view(move.reason));
  if (!changed) return std::move(changed).error().in(fmt::format("change delivery {}", move.id));
  if (*changed == 1) return ok();
  if (auto job = job_of_delivery(move.id); !job) return std::move(job).error();
  return Error{ErrorCode::kConflict,
               fmt::format("delivery {} cannot become {}: it is not {} any more, or another worker "
                           "has taken it",
                           move.id, to_string(move.to), to_string(move.from))};
}

Result<Job> SqliteJobStore::job_of_delivery(DeliveryId id) {
  static const std::string kSql = fmt::format(
      "SELECT {} FROM jobs j JOIN series s ON s.id = j.series_id"
      " JOIN deliveries d ON d.job_id = j.id WHERE d.id = ?",
      kJobColumns);
  auto query = db_->use(kSql);
  auto row = query.bind(id).step();
  if (!row) return std::move(row).error();
  if (!*row) return Error{ErrorCode::kNotFound, fmt::format("there is no delivery {}", id)};
  return job_from(query);
}

/// One waiting delivery per destination. A job that was retried after a cancellation may have
/// deliveries already: what a destination holds of this very result is not sent again, and
/// destinations that are not in the list any more are given up. The first object names a package:
/// all UIDs in it follow from the same work.
Status SqliteJobStore::queue_deliveries(JobId id, const JobResult& result, Time now) {
  auto given_up = db_->use(
                         "UPDATE deliveries SET state = 'cancelled', updated_at = ?,"
                         " not_before = NULL, lease_owner = NULL, lease_until = NULL,"
                         " message = 'the job was started again'"
                         " WHERE job_id = ? AND state <> 'delivered'")
                      .bind(now)
                      .bind(id)
                      .run();
  if (!given_up) return std::move(given_up).error();
  for (const JobResult::Destination& destination : result.destinations) {
    if (auto made = check_made(result, destination); !made) return made;
    auto queued =
        db_->use(
               "INSERT INTO deliveries"
               " (job_id, destination, profile, result_sop, state, created_at, updated_at)"
               " SELECT ?1, ?2, ?3, sop, 'waiting', ?4, ?4 FROM result_objects"
               " WHERE job_id = ?1 AND profile = ?3 AND position = 0"
               " ON CONFLICT (job_id, destination) DO UPDATE SET state = 'waiting',"
               " profile = ?3, result_sop = excluded.result_sop, attempt = 0, created_at = ?4,"
               " updated_at = ?4, message = ''"
               " WHERE state <> 'delivered' OR result_sop <> excluded.result_sop")
            .bind(id)
            .bind(destination.name)
            .bind(destination.profile)
            .bind(now)
            .run();
    if (!queued) return std::move(queued).error();
  }
  return forget_commitments(id);
}

Status SqliteJobStore::add_files(Delivery& delivery) {
  auto read = db_->use(
                     "SELECT o.file, c.delivery_id IS NOT NULL FROM result_objects o"
                     " LEFT JOIN object_commitments c ON c.delivery_id = ?1 AND c.sop = o.sop"
                     "  AND c.failure IS NULL"
                     " WHERE o.job_id = ?2 AND o.profile = ?3 ORDER BY o.position")
                  .bind(delivery.id)
                  .bind(delivery.job)
                  .bind(delivery.profile)
                  .all([&](const auto& row) -> Result<int> {
                    if (row.integer(1) != 0) {
                      ++delivery.confirmed;
                    } else {
                      delivery.files.emplace_back(row.text(0));
                    }
                    return 0;
                  });
  if (!read) return std::move(read).error();
  return ok();
}

Result<std::optional<Delivery>> SqliteJobStore::claim_delivery(const Lease& lease, Time now) {
  using MaybeDelivery = std::optional<Delivery>;
  return write(Durability::kNow, [&]() -> Result<MaybeDelivery> {
    DeliveryId id = 0;
    {
      auto query = db_->use(
          "SELECT d.id FROM deliveries d JOIN jobs j ON j.id = d.job_id"
          " JOIN series s ON s.id = j.series_id"
          " WHERE d.state = 'waiting' AND s.open = 0 AND j.state <> 'held'"
          " AND (d.not_before IS NULL OR d.not_before <= ?)"
          " ORDER BY d.id LIMIT 1");
      auto row = query.bind(now).step();
      if (!row) return std::move(row).error();
      if (!*row) return MaybeDelivery();
      id = query.integer(0);
    }
    auto moved = move_delivery({.id = id,
                                .from = DeliveryState::kWaiting,
                                .to = DeliveryState::kSending,
                                .reason = {},
                                .now = now,
                                .lease = lease});
    if (!moved) return std::move(moved).error();
    auto delivery = find_delivery(id);
    if (!delivery) return std::move(delivery).error();
    return MaybeDelivery(std::move(*delivery));
  });
}

Result<Delivery> SqliteJobStore::find_delivery(DeliveryId id) {
  static const std::string kSql =
      fmt::format("SELECT {} FROM deliveries d WHERE d.id = ?", kDeliveryColumns);
  auto delivery = [&]() -> Result<Delivery> {
    auto query = db_->use(kSql);
    auto row = query.bind(id).step();
    if (!row) return std::move(row).error();
    if (!*row) return Error{ErrorCode::kNotFound, fmt::format("there is no delivery {}", id)};
    return delivery_from(query);
  }();
  if (!delivery) return delivery;
  if (auto added = add_files(*delivery); !added) return std::move(added).error();
  return delivery;
}

Status SqliteJobStore::delivery_done(DeliveryId id, const std::string& owner, Time now) {
  return end_work(id, {.to = DeliveryState::kDelivered, .reason = {}, .held_by = owner}, now);
}

Status SqliteJobStore::delivery_stored(DeliveryId id, const std::string& owner, Time now) {
  return write(Durability::kNow, [&]() -> Status {
    auto moved =
        end_sending({.id = id,
                     .from = DeliveryState::kSending,
                     .to = DeliveryState::kStored,
                     .reason = "stored; the destination is to be asked whether it keeps it",
                     .now = now,
                     .held_by = owner});
    if (!moved) return moved;
    auto anew = db_->use(
                       "UPDATE deliveries SET last_request = NULL, unanswered = 0, refused = 0"
                       " WHERE id = ?")
                    .bind(id)
                    .run();
    if (!anew) return std::move(anew).error();
    return ok();
  });
}

Status SqliteJobStore::delivery_retry_later(DeliveryId id, const std::string& owner,
                                            const Error& why, Time not_before, Time now) {
  return end_work(id,
                  {.to = DeliveryState::kWaiting,
                   .reason = why.message,
                   .held_by = owner,
                   .not_before = not_before},
                  now);
}

Status SqliteJobStore::delivery_failed(DeliveryId id, const std::string& owner, const Error& why,
                                       Time now) {
  return end_work(id, {.to = DeliveryState::kFailed, .reason = why.message, .held_by = owner}, now);
}

Status SqliteJobStore::end_work(DeliveryId id, DeliveryMove move, Time now) {
  return write(Durability::kNow, [&]() -> Status {
    auto delivery = find_delivery(id);
    if (!delivery) return std::move(delivery).error();
    const bool stored = delivery->state == DeliveryState::kStored;
    move.id = id;
    move.from = stored ? DeliveryState::kStored : DeliveryState::kSending;
    move.now = now;
    return end_sending(std::move(move));
  });
}

Status SqliteJobStore::end_sending(DeliveryMove move) {
  auto job = job_of_delivery(move.id);
  if (!job) return std::move(job).error();
  if (job->state != JobState::kEncoded) {
    // Cancelled meanwhile. What has arrived has arrived; anything else ends here.
    if (move.to != DeliveryState::kDelivered) move.to = DeliveryState::kCancelled;
    move.not_before.reset();
    return move_delivery(move);
  }
  if (auto moved = move_delivery(move); !moved) return moved;
  return settle(job->id, move.now);
}

Status SqliteJobStore::settle(JobId id, Time now) {
  auto under_way = db_->use(
                          "SELECT 1 FROM deliveries WHERE job_id = ?"
                          " AND state IN ('waiting', 'sending', 'stored') LIMIT 1")
                       .bind(id)
                       .step();
  if (!under_way) return std::move(under_way).error();
  if (*under_way) return ok();
  auto failures =
      db_->use(
             "SELECT destination, message FROM deliveries WHERE job_id = ? AND state = 'failed'"
             " ORDER BY destination")
          .bind(id)
          .all([](const auto& row) -> Result<std::string> {
            return fmt::format("not delivered to '{}': {}", row.text(0), row.text(1));
          });
  if (!failures) return std::move(failures).error();
  const bool failed = !failures->empty();
  return move_job({.id = id,
                   .from = JobState::kEncoded,
                   .to = failed ? JobState::kFailed : JobState::kDelivered,
                   .reason = failed ? fmt::format("{}", fmt::join(*failures, "; "))
                                    : std::string("every destination has confirmed"),
                   .now = now});
}

}  // namespace hilum::db
