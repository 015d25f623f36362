#include "pipeline/series_asker.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <set>
#include <utility>

namespace hilum::pipeline {
namespace {

std::vector<SopInstanceUid> missing_of(const SeriesInventory& inventory,
                                       const std::vector<ReceivedInstance>& here) {
  std::set<SopInstanceUid> received;
  for (const ReceivedInstance& instance : here) {
    // One whose bytes were freed is known, and has to come again.
    if (!instance.file.empty()) received.insert(instance.sop);
  }
  std::vector<SopInstanceUid> missing;
  std::copy_if(inventory.listed.begin(), inventory.listed.end(), std::back_inserter(missing),
               [&](const SopInstanceUid& sop) { return !received.contains(sop); });
  return missing;
}

}  // namespace

SeriesAsker::SeriesAsker(SeriesSource& source, JobStore& store, IntakeSink& sink, Told told)
    : source_(source), store_(store), sink_(sink), told_(std::move(told)) {}

SeriesAsker::~SeriesAsker() { stop(); }

bool SeriesAsker::ask(Question question) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    Worker& worker = workers_[question.peer.name];
    if (worker.questions.size() >= kMostWaiting) return false;
    worker.questions.push_back(std::move(question));
    if (!worker.thread.joinable()) {
      worker.thread =
          std::jthread([this, &worker](const std::stop_token& stop) { work(worker, stop); });
    }
  }
  changed_.notify_all();
  return true;
}

void SeriesAsker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  // No worker is added any more.
  for (auto& [peer, worker] : workers_) worker.thread.request_stop();
  for (auto& [peer, worker] : workers_) {
    if (worker.thread.joinable()) worker.thread.join();
  }
}

void SeriesAsker::work(Worker& worker, const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [&] { return !worker.questions.empty(); })) return;
    if (stop.stop_requested()) return;
    const Question question = std::move(worker.questions.front());
    worker.questions.pop_front();
    lock.unlock();
    try {
      answer(question, stop);
    } catch (const std::exception& failure) {
      // Out of memory, in practice.
      told_({question.series, Error{ErrorCode::kUnavailable, failure.what()}});
    }
  }
}

void SeriesAsker::answer(const Question& question, const std::stop_token& stop) {
  auto inventory = source_.inventory(question.peer, question.series, stop);
  if (!inventory) {
    told_({question.series, std::move(inventory).error()});
    return;
  }
  auto here = store_.instances_of(question.series);
  if (!here) {
    told_({question.series, std::move(here).error()});
    return;
  }
  const auto missing = missing_of(*inventory, *here);
  std::optional<Error> not_fetched;
  if (!missing.empty()) {
    told_({.series = question.series, .inventory = *inventory, .is_last = false});
    auto fetched =
        source_.retrieve(question.peer, question.series, missing, sink_, question.patience, stop);
    if (!fetched) not_fetched = std::move(fetched).error();
  }
  told_({question.series, std::move(*inventory), std::move(not_fetched)});
}

}  // namespace hilum::pipeline
