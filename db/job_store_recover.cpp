#include <fmt/format.h>

#include <utility>

#include "db/job_store.h"
#include "db/rows.h"

/// Work whose worker is gone.
namespace hilum::db {
namespace {

/// True for leases that have run out at ?1 or whose owner starts with ?2; no owner starts with "".
constexpr std::string_view kAbandoned =
    "(lease_until <= ?1 OR (?2 <> '' AND substr(lease_owner, 1, length(?2)) = ?2))";

/// The part of an owner's name that all workers of a node share.
std::string prefix_of(const std::string& node) { return node.empty() ? node : node + '/'; }

}  // namespace

Status SqliteJobStore::recover(const std::string& node, int max_attempts, Time now) {
  return write(Durability::kNow, [&]() -> Status {
    if (auto done = recover_jobs(node, max_attempts, now); !done) return done;
    return recover_deliveries(node, now);
  });
}

Status SqliteJobStore::recover_jobs(const std::string& node, int max_attempts, Time now) {
  struct Abandoned {
    JobId id;
    std::int64_t starts;
    std::string owner;
  };
  static const std::string kSql = fmt::format(
      "SELECT id, starts_without_end, lease_owner FROM jobs WHERE state = 'running' AND {}",
      kAbandoned);
  auto abandoned =
      db_->use(kSql).bind(now).bind(prefix_of(node)).all([](const auto& row) -> Result<Abandoned> {
        return Abandoned{row.integer(0), row.integer(1), row.text(2)};
      });
  if (!abandoned) return std::move(abandoned).error();
  for (const auto& [id, starts, owner] : *abandoned) {
    const bool poisonous = starts >= max_attempts;
    auto moved = move_job(
        {.id = id,
         .from = JobState::kRunning,
         .to = poisonous ? JobState::kFailed : JobState::kQueued,
         .reason = poisonous
                       ? fmt::format("started {} times without an end, last by {}: the process "
                                     "died each time; see its log, then retry the job",
                                     starts, owner)
                       : fmt::format("{} stopped without an end; waits for another start", owner),
         .now = now});
    if (!moved) return moved;
  }
  return ok();
}

Status SqliteJobStore::recover_deliveries(const std::string& node, Time now) {
  struct Abandoned {
    DeliveryId id;
    std::string owner;
  };
  static const std::string kSql = fmt::format(
      "SELECT id, lease_owner FROM deliveries WHERE state = 'sending' AND {}", kAbandoned);
  auto abandoned =
      db_->use(kSql).bind(now).bind(prefix_of(node)).all([](const auto& row) -> Result<Abandoned> {
        return Abandoned{row.integer(0), row.text(1)};
      });
  if (!abandoned) return std::move(abandoned).error();
  for (const auto& [id, owner] : *abandoned) {
    auto moved = end_sending({.id = id,
                              .from = DeliveryState::kSending,
                              .to = DeliveryState::kWaiting,
                              .reason = fmt::format("{} stopped without an end", owner),
                              .now = now});
    if (!moved) return moved;
  }
  return recover_stored(node, now);
}

/// Whether a request has gone out is not known of one that was under way: another one goes out, and
/// it is not counted. If the first one is reported on, that counts as well.
Status SqliteJobStore::recover_stored(const std::string& node, Time now) {
  static const std::string kSql = fmt::format(
      "UPDATE deliveries SET lease_owner = NULL, lease_until = NULL, not_before = NULL,"
      " unanswered = CASE WHEN asking THEN max(unanswered - 1, 0) ELSE unanswered END,"
      " last_request = CASE WHEN asking THEN NULL ELSE last_request END"
      " FROM (SELECT d.id AS found, coalesce(r.outcome = 'asking', 0) AS asking FROM deliveries d"
      "  LEFT JOIN commitment_requests r ON r.transaction_uid = d.last_request"
      "  WHERE d.state = 'stored' AND d.lease_owner IS NOT NULL)"
      " WHERE id = found AND {}",
      kAbandoned);
  auto recovered = db_->use(kSql).bind(now).bind(prefix_of(node)).run();
  if (!recovered) return std::move(recovered).error();
  return ok();
}

}  // namespace hilum::db
