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
#include "pipeline/domain/result_object.h"
#include "pipeline/domain/series.h"

namespace hilum {

/// The life of a job; `db/STATES.md` draws it and a test compares the drawing with the table.
enum class JobState {
  kQueued,     ///< waits for a worker, or for `not_before`
  kRunning,    ///< a worker holds the lease
  kHeld,       ///< the result is durable and doubtful; an administrator decides about it
  kEncoded,    ///< the result is durable; deliveries are under way
  kDelivered,  ///< every destination has it
  kFailed,     ///< stopped for a reason that is on the job; an administrator may retry it
  kCancelled,  ///< stopped by an administrator, or superseded by a newer job of the same series
};
inline constexpr std::array kAllJobStates{
    JobState::kQueued,    JobState::kRunning, JobState::kHeld,     JobState::kEncoded,
    JobState::kDelivered, JobState::kFailed,  JobState::kCancelled};
std::string_view to_string(JobState state);
Result<JobState> job_state_from(std::string_view name);

template <class State>
struct Transition {
  State from;
  State to;
  std::string_view why;
};
using JobTransition = Transition<JobState>;
/// The one table of the state machine: every transition that may ever happen.
std::span<const JobTransition> job_transitions();
bool can_transition(JobState from, JobState to);

using JobId = std::int64_t;
using DeliveryId = std::int64_t;

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
  std::string message;  ///< why it failed, waits or was cancelled, in words
  std::string note{};   ///< what to know about its input, in words; usually empty
  /// Since when the result's files and the instances it was made from are gone (see retention.h).
  std::optional<Time> files_freed_at{};
};

enum class DeliveryState {
  kWaiting,    ///< for a worker, or for `not_before`
  kSending,    ///< a worker holds the lease
  kStored,     ///< the destination has answered all with success; that it keeps it is awaited
  kDelivered,  ///< the destination has it, and has confirmed that if it was to
  kFailed,
  kCancelled,
};
inline constexpr std::array kAllDeliveryStates{DeliveryState::kWaiting, DeliveryState::kSending,
                                               DeliveryState::kStored,  DeliveryState::kDelivered,
                                               DeliveryState::kFailed,  DeliveryState::kCancelled};
std::string_view to_string(DeliveryState state);
Result<DeliveryState> delivery_state_from(std::string_view name);

using DeliveryTransition = Transition<DeliveryState>;
/// Every transition that may ever happen to a delivery of a job that does not start again.
std::span<const DeliveryTransition> delivery_transitions();
bool can_transition(DeliveryState from, DeliveryState to);

/// The objects that a job resulted in for one viewer profile. Their files are relative to the
/// results directory.
struct ResultPackage {
  std::string profile;
  std::vector<ResultObject> objects;  ///< in the order in which they are sent
};

/// What a job resulted in, and who is to get it.
struct JobResult {
  struct Destination {
    std::string name;     ///< of a peer
    std::string profile;  ///< of one of the packages
  };
  std::vector<ResultPackage> packages;
  std::vector<Destination> destinations;
  std::string hold;  ///< why it is not delivered until somebody looked at it; empty: it is
};

/// A job's result on its way to one destination.
struct Delivery {
  DeliveryId id = 0;
  JobId job = 0;
  std::string destination;  ///< name of a peer
  std::string profile;      ///< which package it gets
  DeliveryState state = DeliveryState::kWaiting;
  int attempt = 0;  ///< how often sending was started
  Time created_at{};
  /// Of kWaiting the next try; of kStored the time until which a report is waited for.
  std::optional<Time> not_before;
  std::string message;
  /// Of the objects that the destination has not confirmed, relative to the results directory.
  std::vector<std::filesystem::path> files;
  int confirmed = 0;  ///< objects
};

}  // namespace hilum
