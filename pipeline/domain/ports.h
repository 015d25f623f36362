#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "pipeline/domain/job.h"
#include "pipeline/domain/job_log.h"
#include "pipeline/domain/peer.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/result_object.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/series.h"
#include "pipeline/domain/viewer_profile.h"
#include "pipeline/domain/volume.h"

/// The interfaces between `pipeline/` and the folders that know a technology. All of them are
/// called from several threads at once unless their comment says otherwise.
namespace hilum {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
};

/// Told how far a long operation is, 0..1. Called from the thread that does the work; must return
/// quickly. May be empty.
using ProgressSink = std::function<void(double fraction)>;

/// What `scp/` tells about reception, in the order in which it happens for one association.
class IntakeSink {
 public:
  virtual ~IntakeSink() = default;
  /// The instance is durable in the spool and about to be acknowledged. Must not fail: what the
  /// database cannot take now is recorded later, by a retry or by the start-up reconciliation.
  virtual void instance_stored(ReceivedInstance instance, std::uint64_t association) = 0;
  /// The association is gone, released or not.
  virtual void association_closed(std::uint64_t association) = 0;
};

/// Files of a series -> headers and pixels. Implemented by dicomseg/.
class SeriesReader {
 public:
  virtual ~SeriesReader() = default;
  /// Reads headers only. Files that cannot be parsed are an error that names them.
  virtual Result<SeriesFacts> inspect(std::span<const std::filesystem::path> files) = 0;
  /// Reads pixels into a volume in HU, sorted by position along the slice normal.
  virtual Result<LoadedSeries> read(std::span<const std::filesystem::path> files,
                                    std::stop_token stop) = 0;
};

/// CT volume -> labels on the same grid. Implemented by model/. Several calls at once share the
/// device: while one has it, others prepare their volumes or write down their labels.
class Segmenter {
 public:
  virtual ~Segmenter() = default;
  [[nodiscard]] virtual const ModelInfo& info() const = 0;
  /// Tells `log` its stages and what was noticed. kCancelled soon after `stop` is requested.
  virtual Result<LabelMap> segment(const Volume& volume, JobLog& log, const ProgressSink& progress,
                                   std::stop_token stop) = 0;
};

/// Labels + source series -> the DICOM objects that a viewer profile asks for. Implemented by
/// dicomseg/.
class ResultWriter {
 public:
  virtual ~ResultWriter() = default;
  /// Writes each object to `directory`/<SOP Instance UID>.dcm durably (a part file beside it,
  /// fsync, rename, fsync of the directory) and checks what it wrote. In the order in which they
  /// are to be sent: what others refer to comes first.
  virtual Result<std::vector<ResultObject>> write(const ResultRequest& request,
                                                  const ViewerProfile& profile,
                                                  const std::filesystem::path& directory) = 0;
  /// Everything about this writer's settings and the profile that changes what is written, as one
  /// line of text; part of the result's identity.
  [[nodiscard]] virtual std::string settings(const ViewerProfile& profile) const = 0;
};

/// Sends results to peers. Implemented by scp/.
class ResultSender {
 public:
  virtual ~ResultSender() = default;
  /// C-STORE of the files, in their order, on an association of its own. Success only when the peer
  /// answered each with status 0x0000 or a warning (PS3.4 B.2.3); after a failure some may have
  /// arrived.
  virtual Status send(const Peer& destination, std::span<const std::filesystem::path> files) = 0;
  /// C-ECHO.
  virtual Status echo(const Peer& peer) = 0;
};

/// What a peer says that it has of a series, images that could be segmented only.
struct SeriesInventory {
  std::vector<SopInstanceUid> listed;
  /// Number of Series Related Instances (0020,1209), when it states it.
  std::optional<int> stated;
};

/// Asks a peer about a series that it sent to us (PS3.4 C). Implemented by scp/. Calls about
/// different peers may be made at once; every call ends in bounded time, soon after `stop` is
/// requested. Errors: kUnsupported when asking again cannot help, kCancelled, or else kUnavailable.
class SeriesSource {
 public:
  virtual ~SeriesSource() = default;
  virtual Result<SeriesInventory> inventory(const Peer& peer, const SeriesKey& series,
                                            std::stop_token stop) = 0;
  /// Has these instances sent to us. What comes is reported to `sink` before this returns, also
  /// when it fails half-way, or to the sink of the listener when the peer sends on an association
  /// of its own. Success does not mean that all of them came.
  virtual Status retrieve(const Peer& peer, const SeriesKey& series,
                          std::span<const SopInstanceUid> missing, IntakeSink& sink,
                          std::chrono::milliseconds patience, std::stop_token stop) = 0;
};

struct NotSegmented {
  std::string reason;  ///< in words, for people
};
struct ToSegment {
  std::string note{};  ///< what to know about the input, in words, for people; usually empty
};
/// What became of a series when it was complete.
using SeriesDecision = std::variant<ToSegment, NotSegmented>;

/// A series that waits for more instances.
struct OpenSeries {
  SeriesKey key;
  int instances = 0;
  Time first_received_at{};
  Time last_received_at{};
  std::optional<int> expected{};
};

/// Why a series is still open although its sender is silent.
struct SeriesWait {
  std::string what;  ///< in words, for people
  Time until{};      ///< then it is closed as it is
};

/// A row of `hilum jobs list`: a series and what became of it.
struct SeriesSummary {
  SeriesKey key;
  int instances = 0;
  Time last_received_at{};
  bool open = true;
  std::string not_segmented;         ///< the reason; empty when it is open or has a job
  std::optional<SeriesWait> wait{};  ///< of an open one that has been looked at
  std::optional<Time> files_freed_at{};
};

/// A worker's claim on a piece of work: it is theirs until the lease ends.
struct Lease {
  std::string owner;  ///< unique per worker; starts with the node's name and a '/'
  Time until;
};

/// A line of a job's history, as `hilum jobs show` prints it.
struct JobEvent {
  Time at{};
  std::optional<JobState> from;  ///< absent: the job was made
  JobState to = JobState::kQueued;
  std::string reason;
};

enum class HeartbeatAnswer { kGoOn, kStop };  ///< kStop: cancelled, superseded, or lease lost

/// The memory of the node. Every method is one transaction. A second implementation for several
/// nodes on a server database is to follow, so callers rely on leases, never on being alone.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // -- instances and series
  /// Records instances; known ones (same series and SOP instance) are left as they are. A series
  /// that gets a new instance is open (again). Returns the series that got one.
  ///
  /// One that is known and whose bytes were freed has a file again. If its content is the same, a
  /// series that has a job for what it holds stays closed: that work is done. Other content, and
  /// any content for a series that was not segmented, is as good as a new instance.
  virtual Result<std::vector<SeriesKey>> add_instances(
      std::span<const ReceivedInstance> instances) = 0;
  virtual Result<std::vector<ReceivedInstance>> instances_of(const SeriesKey& key) = 0;
  /// False also for one whose bytes were freed.
  virtual Result<bool> knows_instance(const SeriesKey& key, const SopInstanceUid& sop) = 0;
  virtual Result<std::vector<OpenSeries>> open_series() = 0;
  /// Remembers, for people, what an open series waits for; forgotten when it closes. Nothing
  /// happens when it is closed or unknown.
  virtual Status series_waits(const SeriesKey& key, const SeriesWait& wait) = 0;
  /// Closes a series. With ToSegment it makes a job for exactly the instances whose digest is
  /// given, unless such a job exists already, and cancels older unfinished jobs of the series in
  /// the same transaction. kConflict when the series holds other instances by now: look again. The
  /// job keeps the decision's note.
  virtual Result<std::optional<JobId>> close_series(const SeriesKey& key,
                                                    const std::string& instances_digest,
                                                    const SeriesDecision& decision, Time now) = 0;

  // -- jobs
  /// The oldest job that is due and whose series is closed becomes kRunning, or nothing.
  virtual Result<std::optional<Job>> claim_job(const Lease& lease, Time now) = 0;
  virtual Result<HeartbeatAnswer> heartbeat(JobId id, const Lease& lease, double progress) = 0;
  /// kRunning -> kEncoded with one waiting delivery per destination (none: -> kDelivered at once);
  /// -> kHeld when the result is to be held. kConflict when the lease was lost.
  virtual Status job_encoded(JobId id, const std::string& owner, const JobResult& result,
                             Time now) = 0;
  /// An attempt that ends with kCancelled (the node is stopping) does not count as one.
  virtual Status job_retry_later(JobId id, const std::string& owner, const Error& why,
                                 Time not_before, Time now) = 0;
  virtual Status job_failed(JobId id, const std::string& owner, const Error& why, Time now) = 0;

  // -- deliveries
  /// The oldest delivery that is due becomes kSending, or nothing. Deliveries of a series that is
  /// open again wait: a newer result is coming.
  virtual Result<std::optional<Delivery>> claim_delivery(const Lease& lease, Time now) = 0;
  virtual Status delivery_done(DeliveryId id, const std::string& owner, Time now) = 0;
  /// All was answered with success; that the destination keeps it is still to be confirmed
  /// (commitment.h): kSending -> kStored.
  virtual Status delivery_stored(DeliveryId id, const std::string& owner, Time now) = 0;
  virtual Status delivery_retry_later(DeliveryId id, const std::string& owner, const Error& why,
                                      Time not_before, Time now) = 0;
  virtual Status delivery_failed(DeliveryId id, const std::string& owner, const Error& why,
                                 Time now) = 0;

  // -- care
  /// Work of expired leases, and of every lease whose owner starts with `node` + '/', waits again.
  /// A job that was started `max_attempts` times without an end fails instead, saying so.
  virtual Status recover(const std::string& node, int max_attempts, Time now) = 0;

  // -- administration
  virtual Result<std::vector<Job>> jobs(std::optional<JobState> state, int limit) = 0;
  virtual Result<Job> job(JobId id) = 0;
  /// What it resulted in; empty until then.
  virtual Result<std::vector<ResultPackage>> results_of(JobId id) = 0;
  virtual Result<std::vector<Delivery>> deliveries_of(JobId id) = 0;
  /// Every change of the job's state, oldest first.
  virtual Result<std::vector<JobEvent>> events_of(JobId id) = 0;
  virtual Result<std::vector<SeriesSummary>> series(int limit) = 0;
  /// kConflict when the series' files were freed.
  /// kFailed/kCancelled -> kQueued, or -> kEncoded with its undelivered deliveries waiting again.
  virtual Status retry_job(JobId id, Time now) = 0;
  virtual Status cancel_job(JobId id, Time now) = 0;
  /// kHeld -> kEncoded, and on to its destinations.
  virtual Status release_job(JobId id, Time now) = 0;
};

}  // namespace hilum
