#include "scp/wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace hilum::scp {
namespace {

/// A few PDUs in flight; the kernel's own tuning would start at 16 KiB for sending.
constexpr int kKernelBufferSize = 1 << 20;

void set_int_option(int fd, int level, int name, int value) {
  // A refused option costs speed, not correctness.
  (void)::setsockopt(fd, level, name, &value, sizeof(value));
}

std::string numeric_peer_address(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return "unknown";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = nullptr;
  int family = storage.ss_family;
  if (family == AF_INET) {
    address = &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr;
  } else if (family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
    address = &v6;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      family = AF_INET;
      address = &v6.s6_addr[12];
    }
  }
  if (address == nullptr) return "unknown";
  if (::inet_ntop(family, address, text.data(), text.size()) == nullptr) return "unknown";
  return text.data();
}

int to_poll_timeout(Wire::Duration duration) {
  constexpr auto kLongest = Wire::Duration(24 * 3600 * 1000);
  return static_cast<int>(std::clamp(duration, Wire::Duration(0), kLongest).count());
}

}  // namespace

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::kOpen:
      return "open";
    case Ending::kPeerClosed:
      return "closed by the peer";
    case Ending::kTimeout:
      return "timeout";
    case Ending::kTooSlow:
      return "the peer sends too slowly";
    case Ending::kTooMuch:
      return "message too large";
    case Ending::kStopped:
      return "node stopping";
    case Ending::kTlsFailed:
      return "TLS failed";
    case Ending::kError:
      return "connection failed";
  }
  return "unknown";
}

Wire::Wire(UniqueFd fd, Options options)
    : options_(options), peer_address_(numeric_peer_address(fd.get())), fd_(std::move(fd)) {
  (void)::fcntl(fd_.get(), F_SETFD, FD_CLOEXEC);
  set_int_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_int_option(fd_.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_int_option(fd_.get(), SOL_SOCKET, SO_RCVBUF, kKernelBufferSize);
  set_int_option(fd_.get(), SOL_SOCKET, SO_SNDBUF, kKernelBufferSize);
}

std::ptrdiff_t Wire::fail(Ending ending, int error_number) {
  ending_ = ending;
  errno = error_number;
  return -1;
}

Wire::Duration Wire::patience() const {
  Clock::duration left = options_.idle_timeout;
  if (deadline_) left = std::min(left, *deadline_ - Clock::now());
  if (pace_) left = std::min(left, options_.idle_timeout - pace_->waited);
  return std::max(std::chrono::ceil<Duration>(left), Duration(0));
}

std::ptrdiff_t Wire::fail_late() {
  const bool out_of_pace = pace_ && pace_->waited >= options_.idle_timeout;
  return fail(out_of_pace && received_ > pace_->lap_begin ? Ending::kTooSlow : Ending::kTimeout,
              ETIMEDOUT);
}

void Wire::waited_for_peer(Clock::duration time) {
  if (pace_ && received_ > pace_->received_before) pace_->waited += time;
}

void Wire::set_pace(std::optional<std::uint64_t> bytes) {
  pace_.reset();
  if (bytes) pace_ = Pace{.bytes = *bytes, .received_before = received_, .lap_begin = received_};
}

void Wire::set_deadline(std::optional<Duration> after) {
  deadline_ = after ? std::optional(Clock::now() + *after) : std::nullopt;
}

bool Wire::wait(short events) {
  for (;;) {
    const Duration left = patience();
    pollfd entry{fd_.get(), events, 0};
    // Who is late already must not go on because a byte has just come.
    const auto begin = Clock::now();
    const int ready = left > Duration(0) ? ::poll(&entry, 1, to_poll_timeout(left)) : 0;
    if (events == POLLIN) waited_for_peer(Clock::now() - begin);
    if (ready > 0) return true;
    if (ready == 0) {
      fail_late();
      return false;
    }
    if (errno != EINTR) {
      fail(Ending::kError, errno);
      return false;
    }
  }
}

bool Wire::wait_readable(Duration timeout) {
  const auto begin = Clock::now();
  const auto until = begin + std::clamp(timeout, Duration(0), patience());
  for (;;) {
    const auto left = std::chrono::ceil<Duration>(until - Clock::now());
    std::array<pollfd, 2> entries{pollfd{fd_.get(), POLLIN, 0},
                                  pollfd{options_.stop_fd, POLLIN, 0}};
    const int ready = ::poll(entries.data(), entries.size(), to_poll_timeout(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return fail(Ending::kError, errno) > 0;
    waited_for_peer(Clock::now() - begin);
    if (ready == 0) return fail_late() > 0;
    if (entries[1].revents != 0) return fail(Ending::kStopped, ECANCELED) > 0;
    return true;
  }
}

void Wire::received(const void* bytes, std::size_t count) {
  if (!first_byte_) first_byte_ = *static_cast<const std::uint8_t*>(bytes);
  received_ += count;
  if (pace_ && received_ - pace_->lap_begin >= pace_->bytes) {
    pace_->lap_begin = received_;
    pace_->waited = {};
  }
}

std::ptrdiff_t Wire::receive(void* to, std::size_t size, Patience patience) {
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), to, size, MSG_DONTWAIT);
    if (got > 0) {
      // The kernel falls back to delayed ACKs by itself, so this is repeated.
      set_int_option(fd_.get(), IPPROTO_TCP, TCP_QUICKACK, 1);
      received(to, static_cast<std::size_t>(got));
      return got;
    }
    if (got == 0) {
      ending_ = Ending::kPeerClosed;
      return 0;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      return fail(errno == ECONNRESET ? Ending::kPeerClosed : Ending::kError, errno);
    }
    if (patience == Patience::kNone || !wait(POLLIN)) return -1;
  }
}

std::ptrdiff_t Wire::send(const void* from, std::size_t size, Patience patience) {
  const auto* next = static_cast<const std::byte*>(from);
  std::size_t left = size;
  while (left > 0) {
    const ssize_t put = ::send(fd_.get(), next, left, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put >= 0) {
      next += put;
      left -= static_cast<std::size_t>(put);
      sent_ += static_cast<std::uint64_t>(put);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (patience == Patience::kNone || !wait(POLLOUT)) return -1;
      continue;
    }
    return fail(errno == EPIPE || errno == ECONNRESET ? Ending::kPeerClosed : Ending::kError,
                errno);
  }
  return static_cast<std::ptrdiff_t>(size);
}

void Wire::close() {
  const std::scoped_lock lock(mutex_);
  fd_.reset();
}

void Wire::shut_down() {
  const std::scoped_lock lock(mutex_);
  if (fd_.valid()) (void)::shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace hilum::scp
