#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/domain/result.h"
#include "scp/tls_channel.h"
#include "scp/wire.h"

namespace hilum::scp {

/// What an association reads from and writes to: a Wire, in plain text or through TLS, with a
/// buffer. Used by one thread; only `shut_down`, `ending` and the counters may be used from
/// others. All limits of the Wire hold either way, because they bound what comes over the wire;
/// what is read never exceeds the allowance.
class Socket {
 public:
  using Duration = Wire::Duration;
  using Options = Wire::Options;

  Socket(UniqueFd fd, Options options);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// From now on everything goes through TLS; to be called before anything is read or written. The
  /// error says what the administrator can do about it.
  Status start_tls(std::shared_ptr<const TlsContext> context, TlsRole role,
                   const std::string& server_name = {});
  /// Null: plain text.
  [[nodiscard]] const TlsChannel* tls() const { return tls_.get(); }

  /// At least one byte, or 0 when the peer closed, or -1 with errno set (never EINTR).
  std::ptrdiff_t read(void* to, std::size_t size);
  /// Puts bytes back that were read, to be read again next.
  void unread(std::span<const std::byte> bytes);
  /// All bytes, or -1 with errno set (never EINTR).
  std::ptrdiff_t write(const void* from, std::size_t size);
  /// Whether `read` would return at once, after waiting at most `timeout`. False when the node
  /// stops.
  bool wait_readable(Duration timeout);
  void close();
  /// Ends the connection from any thread: the thread that uses it sees it closed.
  void shut_down() { wire_.shut_down(); }

  void set_idle_timeout(Duration timeout) { wire_.set_idle_timeout(timeout); }
  /// As for the Wire.
  void set_deadline(std::optional<Duration> after) { wire_.set_deadline(after); }
  /// At most `bytes` more may be read; none: any number.
  void set_allowance(std::optional<std::uint64_t> bytes) { allowance_ = bytes; }
  /// As for the Wire.
  void set_pace(std::optional<std::uint64_t> bytes) { wire_.set_pace(bytes); }

  [[nodiscard]] Ending ending() const { return wire_.ending(); }
  [[nodiscard]] std::uint64_t bytes_received() const { return wire_.bytes_received(); }
  [[nodiscard]] std::uint64_t bytes_sent() const { return wire_.bytes_sent(); }
  [[nodiscard]] std::optional<std::uint8_t> first_byte() const { return wire_.first_byte(); }
  [[nodiscard]] const std::string& peer_address() const { return wire_.peer_address(); }
  [[nodiscard]] Duration idle_timeout() const { return wire_.idle_timeout(); }

 private:
  std::ptrdiff_t receive(void* to, std::size_t size);

  Wire wire_;
  std::unique_ptr<TlsChannel> tls_;  // refers to wire_
  std::vector<std::byte> buffer_;
  std::size_t buffer_begin_ = 0;
  std::size_t buffer_end_ = 0;
  std::optional<std::uint64_t> allowance_;
};

}  // namespace hilum::scp
