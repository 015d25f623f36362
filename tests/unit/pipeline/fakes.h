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
#include <thread>
#include <utility>
#include <vector>

#include "pipeline/domain/commitment.h"
#include "pipeline/domain/examiner.h"
#include "pipeline/domain/ports.h"
#include "pipeline/domain/stage_gate.h"
#include "tests/support/temp_dir.h"

/// Stand-ins for the folders that know a technology. Each does the least its port asks for, and can
/// be told to fail or to take its time. Thread-safe.
namespace hilum::test {

/// Whether `condition` holds before the deadline; asked again and again.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// Answers every series with the same facts and the same small volume, or with an error.
class FakeReader : public SeriesReader {
 public:
  static SeriesFacts chest_ct() {
    SeriesFacts facts;
    facts.modality = "CT";
    facts.sop_class_can_be_segmented = true;
    facts.slices = 300;
    facts.rows = facts.columns = 512;
    return facts;
  }

  void set_facts(Result<SeriesFacts> facts) {
    const std::lock_guard lock(mutex_);
    facts_ = std::move(facts);
  }
  void fail_reads(Error error) {
    const std::lock_guard lock(mutex_);
    read_error_ = std::move(error);
  }
  [[nodiscard]] int inspections() const {
    const std::lock_guard lock(mutex_);
    return inspections_;
  }
  /// The files of the latest call of either kind.
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    const std::lock_guard lock(mutex_);
    return files_;
  }

  Result<SeriesFacts> inspect(std::span<const std::filesystem::path> files) override {
    const std::lock_guard lock(mutex_);
    ++inspections_;
    files_.assign(files.begin(), files.end());
    return facts_;
  }
  Result<LoadedSeries> read(std::span<const std::filesystem::path> files,
                            std::stop_token stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "reading was stopped"};
    const std::lock_guard lock(mutex_);
    files_.assign(files.begin(), files.end());
    if (read_error_) return *read_error_;
    LoadedSeries series;
    series.volume.geometry.size = {1, 1, 2};
    series.volume.hu = {-1000, 40};
    series.notes = {"a note of the reader"};
    series.doubts = doubts_;
    return series;
  }
  /// Of every series from now on.
  void doubt(std::vector<Doubt> doubts) {
    const std::lock_guard lock(mutex_);
    doubts_ = std::move(doubts);
  }

 private:
  mutable std::mutex mutex_;
  Result<SeriesFacts> facts_ = chest_ct();
  std::optional<Error> read_error_;
  std::vector<Doubt> doubts_;
  std::vector<std::filesystem::path> files_;
  int inspections_ = 0;
};

/// Labels everything 1. While held, it stays inside `segment` at half of its progress until it is
/// released or asked to stop.
class FakeSegmenter : public Segmenter {
 public:
  static constexpr double kProgressWhileHeld = 0.5;
  StageGate device{1};  ///< one call at a time, as the real one's network

  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }
  /// Lets one call end as long as it is held.
  void release_one() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    changed_.notify_all();
  }
  [[nodiscard]] int started() const { return count(&FakeSegmenter::started_); }
  [[nodiscard]] int stopped() const { return count(&FakeSegmenter::stopped_); }
  [[nodiscard]] int inside() const { return count(&FakeSegmenter::inside_); }
  [[nodiscard]] int most_inside() const { return count(&FakeSegmenter::most_inside_); }

  [[nodiscard]] const ModelInfo& info() const override { return info_; }
  Result<LabelMap> segment(const Volume& volume, JobLog& /*log*/, const ProgressSink& progress,
                           std::stop_token stop) override {
    const auto pass = device.enter(stop);
    if (!pass) return Error{ErrorCode::kCancelled, "stopped while waiting for the device"};
    if (progress) progress(kProgressWhileHeld);
    std::unique_lock lock(mutex_);
    ++started_;
    most_inside_ = std::max(most_inside_, ++inside_);
    changed_.wait(lock, stop, [this] { return !held_ || free_ > 0; });
    --inside_;
    if (stop.stop_requested()) {
      ++stopped_;
      return Error{ErrorCode::kCancelled, "segmentation was stopped"};
    }
    if (held_) --free_;
    return LabelMap{volume.geometry, std::vector<std::uint8_t>(volume.hu.size(), 1)};
  }

 private:
  [[nodiscard]] int count(int FakeSegmenter::*number) const {
    const std::lock_guard lock(mutex_);
    return this->*number;
  }

  const ModelInfo info_{.name = "Fake",
                        .version = "1",
                        .sha256 = std::string(64, 'a'),
                        .trained = false,
                        .segments = {},
                        .device = "none"};
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool held_ = false;
  int free_ = 0;
  int started_ = 0;
  int stopped_ = 0;
  int inside_ = 0;
  int most_inside_ = 0;
};

/// Says what it is told to say.
class FakeExaminer : public Examiner {
 public:
  void find(Findings findings) {
    const std::lock_guard lock(mutex_);
    findings_ = std::move(findings);
  }
  Result<Findings> examine(const Volume& /*volume*/, const LabelMap& /*labels*/,
                           const ModelInfo& /*model*/, std::stop_token stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "examining was stopped"};
    const std::lock_guard lock(mutex_);
    return findings_;
  }

 private:
  std::mutex mutex_;
  Findings findings_;
};

/// Writes a segmentation whose content is its SOP Instance UID, and a report if the profile asks.
class FakeWriter : public ResultWriter {
 public:
  void fail(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  /// When the result of the latest call says it was made.
  [[nodiscard]] Time created_at() const {
    const std::lock_guard lock(mutex_);
    return created_at_;
  }

  Result<std::vector<ResultObject>> write(const ResultRequest& request,
                                          const ViewerProfile& profile,
                                          const std::filesystem::path& directory) override {
    const std::lock_guard lock(mutex_);
    created_at_ = request.created_at;
    if (error_) return *error_;
    std::vector<ResultObject> objects;
    const auto add = [&](ResultKind kind, const char* what) {
      const SopInstanceUid sop = request.identity.sop(what);
      const auto file = directory / (sop.str() + ".dcm");
      write_file(file, sop.str());
      objects.push_back({kind, request.identity.series(what), sop, file});
    };
    add(ResultKind::kSegmentation, "seg");
    if (profile.report == ViewerProfile::Report::kSr) add(ResultKind::kReport, "report");
    return objects;
  }
  [[nodiscard]] std::string settings(const ViewerProfile& profile) const override {
    return "fake settings of " + profile.name;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  Time created_at_{};
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
  /// Until `release`, whoever sends to this destination waits (not for ever, if a test fails).
  void hold(const std::string& destination) {
    const std::lock_guard lock(mutex_);
    held_ = destination;
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      held_.reset();
    }
    changed_.notify_all();
  }
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
    std::unique_lock lock(mutex_);
    ++tries_[destination.name];
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return held_ != destination.name; });
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
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::string> held_;
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
  void hang(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    hanging_ = peer;
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      hanging_.reset();
    }
    changed_.notify_all();
  }
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
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.wait(lock, stop, [&] { return hanging_ != peer.name; });
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "stopped"};
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
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<SeriesKey, SeriesInventory> inventories_;
  std::deque<Error> inventory_errors_;
  std::deque<std::size_t> broken_;
  Bring bring_;
  std::optional<std::string> hanging_;
  int asked_ = 0;
  std::vector<SopInstanceUid> fetched_;
};

}  // namespace hilum::test
