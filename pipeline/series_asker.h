#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/domain/ports.h"

namespace hilum::pipeline {

/// Asks peers about series and has what is missing sent, off every other path: each peer has a
/// thread of its own, so that one that hangs holds up its own series only. What comes goes to
/// `sink`. Thread-safe.
class SeriesAsker {
 public:
  struct Question {
    Peer peer;
    SeriesKey series;
    std::chrono::milliseconds patience;  ///< for fetching what is missing
  };
  /// Told once when it is known what the peer has and something is missing, before that is fetched;
  /// and once, in any case, at the end.
  struct Answer {
    SeriesKey series;
    Result<SeriesInventory> inventory;
    std::optional<Error> not_fetched{};  ///< why something that is missing could not be fetched
    bool is_last = true;
  };
  using Told = std::function<void(Answer)>;
  /// Questions for one peer that may wait.
  static constexpr std::size_t kMostWaiting = 1000;

  SeriesAsker(SeriesSource& source, JobStore& store, IntakeSink& sink, Told told);
  ~SeriesAsker();
  SeriesAsker(const SeriesAsker&) = delete;
  SeriesAsker& operator=(const SeriesAsker&) = delete;

  /// False when too many wait for this peer, or after `stop`.
  bool ask(Question question);
  /// Ends what is under way; nothing is told after it has returned.
  void stop();

 private:
  struct Worker {
    std::deque<Question> questions;  // guarded by mutex_
    std::jthread thread;
  };
  void work(Worker& worker, const std::stop_token& stop);
  void answer(const Question& question, const std::stop_token& stop);

  SeriesSource& source_;
  JobStore& store_;
  IntakeSink& sink_;
  const Told told_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool stopping_ = false;                  // guarded by mutex_
  std::map<std::string, Worker> workers_;  // by the peer's name; the map is guarded by mutex_
};

}  // namespace hilum::pipeline
