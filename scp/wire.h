#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/domain/posix_file.h"

namespace hilum::scp {

/// Why a connection does not carry data any more.
enum class Ending {
  kOpen,        ///< it still does
  kPeerClosed,  ///< the peer closed it
  kTimeout,     ///< the peer was silent, or did not take our data, for too long
  kTooSlow,     ///< the peer sent something now and then, but never as much as its pace asks for
  kTooMuch,     ///< the peer sent more than a message of this kind may have
  kStopped,     ///< this node is stopping
  kTlsFailed,   ///< TLS could not be agreed upon, or was violated
  kError,       ///< the operating system says so
};
std::string_view to_string(Ending ending);

/// A connected TCP socket with deadlines, used by one thread; only `shut_down`, `ending` and the
/// counters may be used from others. Everything a peer can do to it ends in bounded time: each
/// wait for the peer takes at most the idle timeout and never goes beyond the deadline, and within
/// a message a pace can be asked for. Bytes are those on the wire, also when TLS runs over it.
///
/// TCP_NODELAY is set, so our replies never wait for the peer's delayed ACK; quick ACKs are kept
/// on, because common peers leave Nagle's algorithm on and write header and body of a PDU
/// separately: without them each of their messages would wait for our delayed ACK (40 ms).
class Wire {
 public:
  using Duration = std::chrono::milliseconds;

  struct Options {
    Duration idle_timeout{60'000};
    /// Becomes readable when the node stops; ends `wait_readable`. -1: never.
    int stop_fd = -1;
  };
  enum class Patience {
    kWait,  ///< for the peer, as long as it may let us wait
    kNone,  ///< fail with EAGAIN instead, which does not end the connection
  };

  Wire(UniqueFd fd, Options options);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// At least one byte, or 0 when the peer closed, or -1 with errno set (never EINTR).
  std::ptrdiff_t receive(void* to, std::size_t size, Patience patience);
  /// All bytes, or -1 with errno set (never EINTR). Without patience some may have been sent then.
  std::ptrdiff_t send(const void* from, std::size_t size, Patience patience);
  /// Whether `receive` would return at once, after waiting at most `timeout`. False when the node
  /// stops.
  bool wait_readable(Duration timeout);
  void close();
  /// Ends the connection from any thread: the thread that uses it sees it closed.
  void shut_down();

  void set_idle_timeout(Duration timeout) { options_.idle_timeout = timeout; }
  /// Nothing is waited for beyond `after` from now; none: only the idle timeout counts.
  void set_deadline(std::optional<Duration> after);
  /// From now on the peer may let us wait for an idle timeout in all, once it has begun to send,
  /// before every `bytes`: one that sends a byte a minute is not silent, but holds its place for
  /// ever. Only waiting counts, so it is not to blame for our own disk. None: only silence counts.
  void set_pace(std::optional<std::uint64_t> bytes);

  /// Says why nothing more is read or sent; returns -1, with errno set.
  std::ptrdiff_t fail(Ending ending, int error_number);
  /// The same, when the time for the peer is up.
  std::ptrdiff_t fail_late();

  [[nodiscard]] Ending ending() const { return ending_; }
  [[nodiscard]] std::uint64_t bytes_received() const { return received_; }
  [[nodiscard]] std::uint64_t bytes_sent() const { return sent_; }
  /// The first byte that ever came: it tells which protocol the peer speaks.
  [[nodiscard]] std::optional<std::uint8_t> first_byte() const { return first_byte_; }
  /// Numeric address of the peer; IPv4 also when it came as an IPv6-mapped one.
  [[nodiscard]] const std::string& peer_address() const { return peer_address_; }
  [[nodiscard]] Duration idle_timeout() const { return options_.idle_timeout; }
  /// How long the peer may still let us wait now.
  [[nodiscard]] Duration patience() const;

 private:
  using Clock = std::chrono::steady_clock;

  /// Waits for `events`; false, with errno and the ending set, when they do not come.
  bool wait(short events);
  void waited_for_peer(Clock::duration time);
  void received(const void* bytes, std::size_t count);

  Options options_;
  std::string peer_address_;
  std::optional<Clock::time_point> deadline_;
  /// A peer keeps its pace lap by lap.
  struct Pace {
    std::uint64_t bytes;            ///< of a lap
    std::uint64_t received_before;  ///< when the pace was set
    std::uint64_t lap_begin;        ///< received by then
    Clock::duration waited{0};      ///< in this lap
  };
  std::optional<Pace> pace_;
  std::optional<std::uint8_t> first_byte_;
  std::atomic<Ending> ending_{Ending::kOpen};
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::mutex mutex_;
  UniqueFd fd_;  // changes guarded by mutex_, so that shut_down never meets a reused descriptor
};

}  // namespace hilum::scp
