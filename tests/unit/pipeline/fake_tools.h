#pragma once

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/domain/examiner.h"
#include "pipeline/domain/ports.h"
#include "pipeline/domain/stage_gate.h"
#include "tests/support/temp_dir.h"

/// Stand-ins for what turns a series into a result. Each does the least its port asks for, and can
/// be told to fail or to take its time. Thread-safe.
namespace hilum::test {

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

}  // namespace hilum::test
