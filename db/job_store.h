#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/sqlite.h"
#include "pipeline/domain/commitment.h"
#include "pipeline/domain/ports.h"
#include "pipeline/domain/retention.h"

namespace hilum::db {

/// The node's memory in one SQLite file. Holds no state of its own: `hilum serve` and the
/// administrator's commands open the same file at the same time, and leases decide who owns work.
/// Thread-safe: one connection, one mutex. What is durable when: adr/0001-durability.md.
/// The states and what moves them: STATES.md.
///
/// Beyond what the port says:
/// - A series that is opened again counts its longest wait from the instance that opened it
///   (`OpenSeries::first_received_at`), not from its very first one.
/// - A set of instances has at most one job, ever. `close_series` with a set that has one, in
///   whatever state, closes the series and returns nothing: a job that failed or was cancelled is
///   started again by `retry_job` only, never by a repeated series.
/// - `close_series` cancels older unfinished jobs also when the series is not segmented now.
/// - A delivery that is under way when its job is cancelled cannot be called back. It ends as
///   delivered if it arrives and as cancelled if not.
/// - `retry_job` starts counting anew (attempts, and `created_at`, from which retries give up). It
///   refuses with kConflict when the series has other instances than the job was made for.
/// - A job counts as started without an end only if its lease was lost, not if it asked to be
///   retried later.
class SqliteJobStore : public JobStore, public RetentionStore, public CommitmentStore {
 public:
  /// Opens or creates the database and brings its schema up to date.
  static Result<std::unique_ptr<SqliteJobStore>> open(const std::filesystem::path& file);
  /// On a connection whose schema is up to date (`migrate`).
  explicit SqliteJobStore(std::unique_ptr<Connection> migrated) : db_(std::move(migrated)) {}

  Result<std::vector<SeriesKey>> add_instances(
      std::span<const ReceivedInstance> instances) override;
  Result<std::vector<ReceivedInstance>> instances_of(const SeriesKey& key) override;
  Result<bool> knows_instance(const SeriesKey& key, const SopInstanceUid& sop) override;
  Result<std::vector<OpenSeries>> open_series() override;
  Status series_waits(const SeriesKey& key, const SeriesWait& wait) override;
  Result<std::optional<JobId>> close_series(const SeriesKey& key,
                                            const std::string& instances_digest,
                                            const SeriesDecision& decision, Time now) override;

  Result<std::optional<Job>> claim_job(const Lease& lease, Time now) override;
  Result<HeartbeatAnswer> heartbeat(JobId id, const Lease& lease, double progress) override;
  Status job_encoded(JobId id, const std::string& owner, const JobResult& result,
                     Time now) override;
  Status job_retry_later(JobId id, const std::string& owner, const Error& why, Time not_before,
                         Time now) override;
  Status job_failed(JobId id, const std::string& owner, const Error& why, Time now) override;

  Result<std::optional<Delivery>> claim_delivery(const Lease& lease, Time now) override;
  Status delivery_done(DeliveryId id, const std::string& owner, Time now) override;
  Status delivery_stored(DeliveryId id, const std::string& owner, Time now) override;
  Status delivery_retry_later(DeliveryId id, const std::string& owner, const Error& why,
                              Time not_before, Time now) override;
  Status delivery_failed(DeliveryId id, const std::string& owner, const Error& why,
                         Time now) override;

  Status recover(const std::string& node, int max_attempts, Time now) override;

  /// Newest first; `limit` <= 0: none.
  Result<std::vector<Job>> jobs(std::optional<JobState> state, int limit) override;
  Result<Job> job(JobId id) override;
  Result<std::vector<ResultPackage>> results_of(JobId id) override;
  Result<std::vector<Delivery>> deliveries_of(JobId id) override;
  Result<std::vector<JobEvent>> events_of(JobId id) override;
  /// Last received first; `limit` <= 0: none.
  Result<std::vector<SeriesSummary>> series(int limit) override;
  Status retry_job(JobId id, Time now) override;
  Status cancel_job(JobId id, Time now) override;
  Status release_job(JobId id, Time now) override;

  Result<std::vector<SeriesKey>> series_to_free(const RetentionLimits& limits, int limit) override;
  Result<std::optional<FreedSeries>> free_series(const SeriesKey& key,
                                                 const RetentionLimits& limits, Time now) override;
  Result<bool> result_was_freed(const std::filesystem::path& file) override;
  Result<int> forget_series(Time freed_before, int limit) override;

  Result<std::optional<StoredDelivery>> claim_stored(const Lease& lease, Time now) override;
  Status commitment_begun(DeliveryId id, const std::string& owner,
                          const TransactionUid& transaction, Time deadline, Time now) override;
  Status commitment_awaited(DeliveryId id, const std::string& owner, Time now) override;
  Status commitment_refused(DeliveryId id, const std::string& owner, const Error& why,
                            Time not_before, Time now) override;
  Status commitment_waived(DeliveryId id, const std::string& owner, const std::string& note,
                           Time now) override;
  Result<RecordedReport> record_report(const CommitmentReport& report, Time now) override;

 private:
  /// A change of state that happens only if the row is as the caller believes.
  template <class Id, class State>
  struct Move {
    Id id{};
    State from{};
    State to{};
    std::string reason;  ///< of the event; also the message where the new state needs one
    Time now{};
    std::optional<std::string> held_by = std::nullopt;  ///< the lease must be theirs
    std::optional<Lease> lease = std::nullopt;          ///< given with the new state
    std::optional<Time> not_before = std::nullopt;
  };
  using JobMove = Move<JobId, JobState>;
  using DeliveryMove = Move<DeliveryId, DeliveryState>;

  /// Runs `work` in one transaction, which is committed if it succeeds.
  template <class Work>
  auto write(Durability durability, Work work) -> decltype(work()) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(*db_, durability);
    if (!transaction) return std::move(transaction).error();
    auto result = work();
    if (!result) return result;
    if (auto committed = transaction->commit(); !committed) return std::move(committed).error();
    return result;
  }

  // All of these need `mutex_`; those that change something need a transaction as well.

  /// Runs an UPDATE whose parameters 1 to 9 are: new state, time, message, not_before, the lease's
  /// owner and end, id, expected state, expected owner. Returns the number of rows changed.
  template <class Id, class State>
  auto update(std::string_view sql, const Move<Id, State>& move, std::string_view message) {
    return db_->use(sql)
        .bind(to_string(move.to))
        .bind(move.now)
        .bind(message)
        .bind(move.not_before)
        .bind(move.lease ? std::optional(move.lease->owner) : std::nullopt)
        .bind(move.lease ? std::optional(move.lease->until) : std::nullopt)
        .bind(move.id)
        .bind(to_string(move.from))
        .bind(move.held_by)
        .run();
  }

  /// The only way a job's state changes: checks the table of transitions, the state and the lease,
  /// and writes the event. kConflict when somebody else was faster.
  Status move_job(const JobMove& move);
  Status record_event(JobId id, std::optional<JobState> from, JobState to, std::string_view reason,
                      Time now);
  Result<Job> find_job(JobId id);
  /// kRunning/kQueued/kHeld/kEncoded -> kCancelled, and its waiting deliveries with it.
  Status cancel(JobId id, JobState from, const std::string& reason, Time now);

  /// The only way a delivery's state changes, in the same manner.
  Status move_delivery(const DeliveryMove& move);
  Result<Job> job_of_delivery(DeliveryId id);
  Result<Delivery> find_delivery(DeliveryId id);  ///< with its files
  Status store_result(JobId id, const std::vector<ResultPackage>& packages);
  Status queue_deliveries(JobId id, const JobResult& result, Time now);
  Status add_files(Delivery& delivery);
  Result<bool> has_result(JobId id);
  /// kEncoded -> kDelivered or kFailed when no delivery of the job is under way any more.
  Status settle(JobId id, Time now);
  /// A delivery is not under way any more: `move`, unless its job does not want it any more, and
  /// what follows from that for the job.
  Status end_sending(DeliveryMove move);
  /// The same, from whichever state a worker holds it in: `move.to`, reason and lease count.
  Status end_work(DeliveryId id, DeliveryMove move, Time now);

  enum class Recorded { kNothingNew, kNew };
  Result<Recorded> add_instance(const ReceivedInstance& instance);
  Result<Recorded> insert_instance(const ReceivedInstance& instance);
  Result<Recorded> bring_back(std::int64_t series, const ReceivedInstance& instance);
  Result<std::int64_t> open_series_row(const ReceivedInstance& instance);
  Result<std::vector<ReceivedInstance>> read_instances(const SeriesKey& key);
  Result<std::int64_t> close_row(const SeriesKey& key, const std::string& not_segmented);
  Result<std::optional<JobId>> make_job(std::int64_t series, const std::string& digest,
                                        std::size_t instances, const std::string& note, Time now);
  Result<JobId> job_for(std::int64_t series, const std::string& digest);
  Status cancel_unfinished(std::int64_t series, std::optional<JobId> except,
                           const std::string& reason, Time now);

  Result<int> mark_freed(std::int64_t series, Time now);

  Status recover_jobs(const std::string& node, int max_attempts, Time now);
  Status recover_deliveries(const std::string& node, Time now);
  Status recover_stored(const std::string& node, Time now);

  /// A delivery's last request.
  struct LastRequest {
    bool reported = false;
    int unanswered = 0;
    int refused = 0;
    std::optional<Time> deadline{};  ///< absent: there is none
  };
  struct Requested {
    DeliveryId delivery;
    std::int64_t attempt;
    std::string outcome;
    bool is_last;
  };
  Result<LastRequest> last_request(DeliveryId id);
  Result<std::optional<Requested>> find_request(const TransactionUid& transaction);
  /// Whether the delivery is still kStored; kConflict when it is, but of another owner by now.
  Result<bool> is_stored_by(DeliveryId id, const std::string& owner);
  using RestAfter = std::function<Status(const LastRequest&)>;
  /// A worker lets go of a request, of which this became; nothing happens when it is not kStored
  /// any more.
  Status end_request(DeliveryId id, const std::string& owner, std::string_view outcome, Time now,
                     const RestAfter& rest_after);
  /// Nobody works on it until `not_before`; nothing: from now on.
  Status rest(DeliveryId id, std::string_view message, std::optional<Time> not_before, Time now);
  Status record_objects(const Requested& request, const CommitmentReport& report);
  Status record_object(const Requested& request, const SopInstanceUid& sop,
                       std::optional<std::int64_t> failure);
  Status act_on(const RecordedReport& recorded, Time now);
  /// Objects of a delivery that are not committed.
  Result<std::vector<NotCommitted>> not_committed(DeliveryId id);
  Status forget_commitments(JobId id);

  enum class Again { kYes, kNo };
  Status check_can_run(const Job& job);
  Status requeue(const Job& job, Time now);
  Result<Again> deliver_again(const Job& job, Time now);

  std::mutex mutex_;
  const std::unique_ptr<Connection> db_;  // the connection behind it is guarded by mutex_
};

}  // namespace hilum::db
