#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "pipeline/domain/ports.h"
#include "pipeline/series_asker.h"
#include "pipeline/series_assembler.h"
#include "pipeline/series_check.h"
#include "pipeline/series_rules.h"

namespace hilum::pipeline {

/// From received instances to jobs. Takes what `scp/` reports, records it in batches off the reply
/// path, watches for complete series, asks their senders whether they are, lets the rules decide
/// and makes the job.
///
/// An instance reported here is already durable in the spool: if this process dies before the
/// database has it, `reconcile` finds it at the next start. While the database cannot take rows
/// they wait in memory, at most `kMostWaiting`; then reception waits too (back-pressure).
///
/// Thread-safe; one thread of its own between `start` and `stop`.
class Intake : public IntakeSink {
 public:
  struct Tools {
    JobStore& store;
    SeriesReader& reader;
    const Clock& clock;
    std::filesystem::path spool;
    std::map<VirtualNode, SeriesRules> rules;  ///< of the main node and each virtual one
    std::function<void()> job_made;            ///< called when there is new work for the scheduler
    /// Says what a sender has of a series; none: what came is all there is.
    SeriesSource* source = nullptr;
  };
  static constexpr std::size_t kMostWaiting = 20'000;

  Intake(Tools tools, SeriesAssembler::Options options, SeriesCheck::Options check = {});
  ~Intake() override;
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  /// Takes up the series that were open when the node last stopped, then works until `stop`.
  Status start();
  /// Records what is still queued, then ends. Series that are not complete stay open.
  void stop();

  /// Waits until everything reported so far is in the store; false when that takes longer than
  /// `patience`.
  bool wait_recorded(std::chrono::milliseconds patience);

  void instance_stored(ReceivedInstance instance, std::uint64_t association) override;
  void association_closed(std::uint64_t association) override;

 private:
  struct Stored {
    ReceivedInstance instance;
    std::uint64_t association;
  };
  struct Closed {
    std::uint64_t association;
  };
  using Event = std::variant<Stored, Closed, SeriesAsker::Answer>;

  void run();
  void wait_for_events(std::unique_lock<std::mutex>& lock);
  bool record(const std::vector<Event>& events);
  void answered(SeriesAsker::Answer answer);
  void take_answers(std::vector<Event>& events);
  void settle_complete_series();
  /// Closes a series that seems to be over, unless its sender is to be asked first.
  void settle(const SeriesKey& key);
  Status try_to_settle(const SeriesKey& key);
  void ask(const SeriesKey& key, SeriesCheck::Ask question);
  void note_wait(const SeriesKey& key, const SeriesWait& wait);
  Status close(const SeriesKey& key, std::vector<ReceivedInstance> instances,
               SeriesDecision decision);
  /// Of the rules; `note` goes with a series that is segmented.
  Result<SeriesDecision> decision_on(const SeriesKey& key,
                                     const std::vector<ReceivedInstance>& instances,
                                     const std::string& note);

  Tools tools_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;      // guarded by mutex_
  std::size_t in_recording_ = 0;  // guarded by mutex_; taken from events_, not in the store yet
  std::uint64_t reported_ = 0;    // guarded by mutex_; events so far ...
  std::uint64_t recorded_ = 0;    // guarded by mutex_; ... and those that are done with
  bool stopping_ = false;         // guarded by mutex_
  // Used by the thread alone, and by start() before there is one.
  SeriesAssembler assembler_;
  SeriesCheck check_;
  std::optional<SeriesAsker> asker_;
  std::thread thread_;
};

}  // namespace hilum::pipeline
