#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/domain/result.h"
#include "pipeline/domain/series.h"

namespace hilum {

/// The life of a job; `db/STATES.md` draws it and a test compares the drawing with the table.
enum class JobState {
  kQueued,     ///< waits for a worker, or for `not_before`
  kRunning,    ///< a worker holds the lease
  kEncoded,    ///< the result file is durable; deliveries are under way
  kDelivered,  ///< every destination has it
  kFailed,     ///< stopped for a reason that is on the job; an administrator may retry it
  kCancelled,  ///< stopped by an administrator, or superseded by a newer job of the same series
};
inline constexpr std::array kAllJobStates{JobState::kQueued,  JobState::kRunning,
                                          JobState::kEncoded, JobState::kDelivered,
                                          JobState::kFailed,  JobState::kCancelled};
std::string_view to_string(JobState state);
Result<JobState> job_state_from(std::string_view name);

struct JobTransition {
  JobState from;
  JobState to;
  std::string_view why;
};
/// The one table of the state machine: every transition that may ever happen.
std::span<const JobTransition> job_transitions();
bool can_transition(JobState from, JobState to);

using JobId = std::int64_t;
using DeliveryId = std::int64_t;

/// The UIDs of a result. Derived from the work (see pipeline/result_identity.h), so the same work
/// always has the same UIDs and a repeated delivery is recognised by every PACS.
struct ResultUids {
  SeriesUid series;
  SopInstanceUid sop;
};

struct Job {
  JobId id = 0;
  SeriesKey series;
  /// SHA-256 over the sorted instances of the series when the job was made: which work this is.
  std::string instances_digest;
  JobState state = JobState::kQueued;
  int attempt = 0;      ///< how often a worker has started it
  double progress = 0;  ///< 0..1 of the running attempt
  Time created_at{};
  Time updated_at{};
  std::optional<Time> not_before;
  std::string message;               ///< why it failed, waits or was cancelled, in words
  std::string note{};                ///< what to know about its input, in words; usually empty
  std::optional<ResultUids> result;  ///< from kEncoded on
  std::optional<std::filesystem::path> result_file;  ///< relative to the results directory
  /// Since when the result's file and the instances it was made from are gone (see retention.h).
  std::optional<Time> files_freed_at{};
};

enum class DeliveryState { kWaiting, kSending, kDelivered, kFailed, kCancelled };
std::string_view to_string(DeliveryState state);
Result<DeliveryState> delivery_state_from(std::string_view name);

/// One result on its way to one destination.
struct Delivery {
  DeliveryId id = 0;
  JobId job = 0;
  std::string destination;  ///< name of a peer
  DeliveryState state = DeliveryState::kWaiting;
  int attempt = 0;  ///< how often sending was started
  Time created_at{};
  std::optional<Time> not_before;
  std::string message;
  std::filesystem::path file;  ///< relative to the results directory
};

}  // namespace hilum
