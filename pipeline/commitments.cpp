#include "pipeline/commitments.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace hilum::pipeline {
namespace {

/// What nearly always is the cause when reports stay away.
constexpr std::string_view kNotKnownThere =
    "does the peer know this node by AE title, address and port (Orthanc: DicomModalities), and "
    "may it connect here? See its log; then: hilum jobs retry";

/// A change that was not recorded: the lease runs out and it is looked at again. A report or a
/// cancellation may also have been faster.
void log_unless_ok(const Status& status, std::string_view what, DeliveryId delivery) {
  if (status) return;
  const bool overtaken = status.error().code == ErrorCode::kConflict;
  spdlog::log(overtaken ? spdlog::level::info : spdlog::level::err,
              "event=record_failed what={} delivery={} error=\"{}\"", what, delivery,
              status.error().message);
}

std::string in_words(const std::vector<NotCommitted>& missing) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> texts;
  for (const NotCommitted& one : missing) {
    if (texts.size() == kNamed) {
      texts.push_back(fmt::format("{} more", missing.size() - kNamed));
      break;
    }
    texts.push_back(fmt::format("{}: {}", one.sop.str(), reason_in_words(one.reason)));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

}  // namespace

class Commitments::UnderWay {
 public:
  UnderWay(Commitments& owner, TransactionUid transaction)
      : owner_(owner), transaction_(std::move(transaction)) {
    const std::lock_guard lock(owner_.mutex_);
    std::stop_source& source = owner_.under_way_[transaction_];
    if (owner_.stopping_) source.request_stop();
    enough_ = source.get_token();
  }
  ~UnderWay() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.under_way_.erase(transaction_);
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  [[nodiscard]] std::stop_token enough() const { return enough_; }

 private:
  Commitments& owner_;
  const TransactionUid transaction_;
  std::stop_token enough_;
};

bool Commitments::run_next(const std::string& owner) {
  const Time now = tools_.clock.now();
  auto stored = tools_.store.claim_stored({.owner = owner, .until = now + options_.lease}, now);
  if (!stored) {
    spdlog::error("event=claim_failed what=commitment error=\"{}\"", stored.error().message);
    return false;
  }
  if (!*stored) return false;
  handle(**stored, owner);
  return true;
}

void Commitments::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (auto& [transaction, source] : under_way_) source.request_stop();
}

void Commitments::handle(const StoredDelivery& stored, const std::string& owner) {
  const Delivery& delivery = stored.delivery;
  auto job = tools_.jobs.job(delivery.job);
  if (!job) return refused(stored, owner, job.error());
  auto way = way_of(routes_, *job, delivery.destination);
  if (!way) return fail(delivery, owner, way.error());
  if (delivery.files.empty()) return waive(delivery, owner, "");  // all of it is confirmed
  if (way->destination->commitment == CommitmentMode::kOff || way->route->requester == nullptr) {
    return waive(delivery, owner, "not confirmed: storage_commitment was switched off meanwhile");
  }
  if (stored.stage == StoredDelivery::Stage::kReported) return send_again(stored, owner);
  if (stored.stage == StoredDelivery::Stage::kNoReport && stored.unanswered >= options_.attempts) {
    return fail(
        delivery, owner,
        {ErrorCode::kUnavailable,
         fmt::format("stored, but '{}' has not reported on {} requests whether it keeps it; "
                     "{}",
                     delivery.destination, stored.unanswered, kNotKnownThere)});
  }
  ask(stored, owner, *way);
}

std::chrono::seconds Commitments::deadline_after(int unanswered) const {
  constexpr int kMostDoublings = 20;  // the longest one is reached long before
  const auto doubled = options_.report_deadline * (1 << std::clamp(unanswered, 0, kMostDoublings));
  return std::min<std::chrono::seconds>(doubled, kLongestDeadline);
}

void Commitments::ask(const StoredDelivery& stored, const std::string& owner, const Way& way) {
  const Delivery& delivery = stored.delivery;
  const Time now = tools_.clock.now();
  const TransactionUid transaction = *TransactionUid::parse(random_uid());
  // Before it goes out: a report that comes at once, or after a crash, is known then.
  auto begun = tools_.store.commitment_begun(delivery.id, owner, transaction,
                                             now + deadline_after(stored.unanswered), now);
  if (!begun) return log_unless_ok(begun, "commitment_begun", delivery.id);
  spdlog::info(
      "event=commitment_requested job={} delivery={} destination={} transaction={} objects={} "
      "request={}",
      delivery.job, delivery.id, delivery.destination, transaction.str(), delivery.files.size(),
      stored.unanswered + 1);
  CommitmentRequester::Request request{.transaction = transaction, .files = {}};
  for (const auto& file : delivery.files) request.files.push_back(tools_.results / file);
  const UnderWay under_way(*this, transaction);
  auto answer = way.route->requester->request(*way.destination, request, *this, under_way.enough());
  if (answer) {
    answered(stored, owner, way, *answer);
  } else {
    refused(stored, owner, answer.error());
  }
}

void Commitments::answered(const StoredDelivery& stored, const std::string& owner, const Way& way,
                           CommitmentRequester::Answer answer) {
  const Delivery& delivery = stored.delivery;
  if (answer == CommitmentRequester::Answer::kAccepted) {
    return log_unless_ok(tools_.store.commitment_awaited(delivery.id, owner, tools_.clock.now()),
                         "commitment_awaited", delivery.id);
  }
  if (way.destination->commitment == CommitmentMode::kIfSupported) {
    return waive(delivery, owner, "not confirmed: the peer does not do Storage Commitment");
  }
  fail(delivery, owner,
       {ErrorCode::kUnsupported,
        fmt::format("stored, but '{}' does not do Storage Commitment; switch it on there for AE "
                    "title and address of this node, or set storage_commitment = \"if-supported\" "
                    "in its [[peer]] section; then: hilum jobs retry",
                    delivery.destination)});
}

void Commitments::refused(const StoredDelivery& stored, const std::string& owner,
                          const Error& error) {
  const Delivery& delivery = stored.delivery;
  const Time now = tools_.clock.now();
  const auto retry_at =
      next_try(options_.retry, error.code, stored.refused + 1, delivery.created_at, now);
  if (!retry_at) return fail(delivery, owner, error);
  spdlog::warn(
      "event=commitment_not_requested job={} delivery={} destination={} code={} error=\"{}\"",
      delivery.job, delivery.id, delivery.destination, to_string(error.code), error.message);
  log_unless_ok(tools_.store.commitment_refused(delivery.id, owner, error, *retry_at, now),
                "commitment_refused", delivery.id);
}

void Commitments::send_again(const StoredDelivery& stored, const std::string& owner) {
  const Delivery& delivery = stored.delivery;
  const Time now = tools_.clock.now();
  const auto hopeless = std::ranges::find_if_not(
      stored.not_committed, [](const auto& one) { return sending_can_help(one.reason); });
  const Error error{
      hopeless == stored.not_committed.end() ? ErrorCode::kUnavailable : ErrorCode::kUnsupported,
      fmt::format("'{}' does not commit to keep {} of {} objects: {}", delivery.destination,
                  stored.not_committed.size(),
                  delivery.files.size() + static_cast<std::size_t>(delivery.confirmed),
                  in_words(stored.not_committed))};
  const auto retry_at =
      next_try(options_.retry, error.code, delivery.attempt, delivery.created_at, now);
  if (!retry_at) {
    return fail(delivery, owner,
                {error.code, error.message + "; look in its log why, then: hilum jobs retry"});
  }
  spdlog::warn(
      "event=commitment_failed job={} delivery={} destination={} missing={} retry=true "
      "error=\"{}\"",
      delivery.job, delivery.id, delivery.destination, stored.not_committed.size(), error.message);
  log_unless_ok(tools_.jobs.delivery_retry_later(delivery.id, owner, error, *retry_at, now),
                "delivery_retry_later", delivery.id);
}

void Commitments::fail(const Delivery& delivery, const std::string& owner, const Error& error) {
  spdlog::error(
      "event=commitment_failed job={} delivery={} destination={} code={} retry=false error=\"{}\"",
      delivery.job, delivery.id, delivery.destination, to_string(error.code), error.message);
  log_unless_ok(tools_.jobs.delivery_failed(delivery.id, owner, error, tools_.clock.now()),
                "delivery_failed", delivery.id);
}

void Commitments::waive(const Delivery& delivery, const std::string& owner,
                        const std::string& note) {
  spdlog::info("event=delivered job={} delivery={} destination={} attempt={} note=\"{}\"",
               delivery.job, delivery.id, delivery.destination, delivery.attempt, note);
  log_unless_ok(tools_.store.commitment_waived(delivery.id, owner, note, tools_.clock.now()),
                "commitment_waived", delivery.id);
}

Status Commitments::report_arrived(const CommitmentReport& report) {
  auto recorded = tools_.store.record_report(report, tools_.clock.now());
  const std::string& transaction = report.transaction.str();
  if (!recorded) {
    spdlog::error("event=record_failed what=report transaction={} error=\"{}\"", transaction,
                  recorded.error().message);
    return std::move(recorded).error();
  }
  if (recorded->kind != RecordedReport::Kind::kRecorded) {
    spdlog::warn("event=report_passed_over transaction={} reason=\"{}\"", transaction,
                 recorded->kind == RecordedReport::Kind::kUnknown
                     ? "no request of this node has it, or its job was forgotten or ran again"
                     : "it was reported on before");
    return ok();
  }
  spdlog::info(
      "event={} job={} delivery={} transaction={} missing={} reasons=\"{}\" last_request={}",
      recorded->missing == 0 ? "committed" : "not_committed", recorded->job, recorded->delivery,
      transaction, recorded->missing, recorded->reasons, recorded->of_last_request);
  {
    const std::lock_guard lock(mutex_);
    const auto found = under_way_.find(report.transaction);
    if (found != under_way_.end()) found->second.request_stop();
  }
  if (tools_.changed) tools_.changed();
  return ok();
}

}  // namespace hilum::pipeline
