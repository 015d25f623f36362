#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/domain/commitment.h"
#include "pipeline/domain/ports.h"
#include "tests/support/temp_dir.h"

/// Stand-ins for peers that are sent to, asked, or fetched from: they do what they are told, and
/// else the least their port asks for. Thread-safe.
namespace hilum::test {

/// Calls to one peer wait. Thread-safe.
class HeldPeer {
 public:
  void hold(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    held_ = peer;
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      held_.reset();
    }
    changed_.notify_all();
  }
  /// Until this peer is not held or `stop` is requested; not for ever, if a test fails.
  void wait(const std::string& peer, std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::move(stop), std::chrono::seconds(10),
                      [&] { return held_ != peer; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<std::string> held_;
};

/// A peer for every destination: answers from its script, then with success.
class FakeSender : public ResultSender {
 public:
  struct Sent {
    std::string destination;
    std::string content;  ///< of the files, with a space between them
    bool operator==(const Sent&) const = default;
  };

  void next_answer(const std::string& destination, Error error) {
    const std::lock_guard lock(mutex_);
    script_[destination].push_back(std::move(error));
  }
  /// Until `release`, whoever sends to this destination waits.
  void hold(const std::string& destination) { held_.hold(destination); }
  void release() { held_.release(); }
  /// What destinations took, in order.
  [[nodiscard]] std::vector<Sent> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  [[nodiscard]] int tries(const std::string& destination) const {
    const std::lock_guard lock(mutex_);
    const auto entry = tries_.find(destination);
    return entry == tries_.end() ? 0 : entry->second;
  }

  Status send(const Peer& destination, std::span<const std::filesystem::path> files) override {
    {
      const std::lock_guard lock(mutex_);
      ++tries_[destination.name];
    }
    held_.wait(destination.name);
    const std::lock_guard lock(mutex_);
    auto& script = script_[destination.name];
    if (!script.empty()) {
      Error answer = std::move(script.front());
      script.pop_front();
      return answer;
    }
    std::string content;
    for (const auto& file : files) content += (content.empty() ? "" : " ") + read_file(file);
    taken_.push_back({destination.name, content});
    return ok();
  }
  Status echo(const Peer&) override { return ok(); }

 private:
  HeldPeer held_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Error>> script_;
  std::map<std::string, int> tries_;
  std::vector<Sent> taken_;
};

/// Asks no peer: answers from its script, then accepts; and may report before it answers.
class FakeRequester : public CommitmentRequester {
 public:
  using Asked = std::function<void(const Request&, CommitmentSink&)>;

  void next_answer(Result<Answer> answer) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(answer));
  }
  void when_asked(Asked asked) {
    const std::lock_guard lock(mutex_);
    asked_ = std::move(asked);
  }
  /// From now on it waits, after it has asked, until there is enough (not for ever, if a test
  /// fails).
  void wait_for_enough() {
    const std::lock_guard lock(mutex_);
    waits_ = true;
  }
  [[nodiscard]] std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  Result<Answer> request(const Peer& /*peer*/, const Request& request, CommitmentSink& sink,
                         std::stop_token enough) override {
    Asked asked;
    {
      std::unique_lock lock(mutex_);
      requests_.push_back(request);
      if (!script_.empty()) {
        Result<Answer> answer = std::move(script_.front());
        script_.pop_front();
        return answer;
      }
      asked = asked_;
    }
    if (asked) asked(request, sink);
    std::unique_lock lock(mutex_);
    if (waits_) changed_.wait_for(lock, enough, std::chrono::seconds(10), [] { return false; });
    return Answer::kAccepted;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Result<Answer>> script_;
  Asked asked_;
  bool waits_ = false;
  std::vector<Request> requests_;
};

/// What peers have of series. A retrieval brings what is asked for, unless it is told otherwise.
class FakeSource : public SeriesSource {
 public:
  using Bring = std::function<void(const SopInstanceUid&, IntakeSink&)>;

  /// From now on. Without it a peer knows no series.
  void has(const SeriesKey& key, SeriesInventory inventory) {
    const std::lock_guard lock(mutex_);
    inventories_[key] = std::move(inventory);
  }
  void next_inventory_fails(Error error) {
    const std::lock_guard lock(mutex_);
    inventory_errors_.push_back(std::move(error));
  }
  /// A retrieval brings only so many instances, and then breaks off.
  void next_retrieval_brings(std::size_t instances) {
    const std::lock_guard lock(mutex_);
    broken_.push_back(instances);
  }
  void bring_by(Bring bring) {
    const std::lock_guard lock(mutex_);
    bring_ = std::move(bring);
  }
  /// This peer takes calls and answers nothing until `release`, or the node stops.
  void hang(const std::string& peer) { held_.hold(peer); }
  void release() { held_.release(); }
  [[nodiscard]] int asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::vector<SopInstanceUid> fetched() const {
    const std::lock_guard lock(mutex_);
    return fetched_;
  }

  Result<SeriesInventory> inventory(const Peer& peer, const SeriesKey& key,
                                    std::stop_token stop) override {
    {
      const std::lock_guard lock(mutex_);
      ++asked_;
    }
    held_.wait(peer.name, stop);
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
    const std::lock_guard lock(mutex_);
    if (!inventory_errors_.empty()) {
      Error error = std::move(inventory_errors_.front());
      inventory_errors_.pop_front();
      return error;
    }
    return inventories_[key];
  }
  Status retrieve(const Peer&, const SeriesKey&, std::span<const SopInstanceUid> missing,
                  IntakeSink& sink, std::chrono::milliseconds, std::stop_token) override {
    constexpr std::uint64_t kAssociation = 1'000'000;
    std::size_t brought = missing.size();
    Bring bring;
    {
      const std::lock_guard lock(mutex_);
      fetched_.insert(fetched_.end(), missing.begin(), missing.end());
      if (!broken_.empty()) {
        brought = std::min(brought, broken_.front());
        broken_.pop_front();
      }
      bring = bring_;
    }
    for (const auto& sop : missing.first(brought)) {
      if (bring) bring(sop, sink);
    }
    sink.association_closed(kAssociation);
    if (brought < missing.size()) return Error{ErrorCode::kUnavailable, "the peer died"};
    return ok();
  }

 private:
  HeldPeer held_;
  mutable std::mutex mutex_;
  std::map<SeriesKey, SeriesInventory> inventories_;
  std::deque<Error> inventory_errors_;
  std::deque<std::size_t> broken_;
  Bring bring_;
  int asked_ = 0;
  std::vector<SopInstanceUid> fetched_;
};

}  // namespace hilum::test
