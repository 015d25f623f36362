#include "scp/socket.h"

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

/// Larger than any PDU header and most PDUs of 16 KiB; bigger reads go past the buffer.
constexpr std::size_t kBufferSize = 128 * 1024;
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

int to_poll_timeout(Socket::Duration duration) {
  constexpr auto kLongest = Socket::Duration(24 * 3600 * 1000);
  return static_cast<int>(std::clamp(duration, Socket::Duration(0), kLongest).count());
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
    case Ending::kError:
      return "connection failed";
  }
  return "unknown";
}

Socket::Socket(UniqueFd fd, Options options)
    : options_(options),
      peer_address_(numeric_peer_address(fd.get())),
      buffer_(kBufferSize),
      fd_(std::move(fd)) {
  (void)::fcntl(fd_.get(), F_SETFD, FD_CLOEXEC);
  set_int_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_int_option(fd_.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_int_option(fd_.get(), SOL_SOCKET, SO_RCVBUF, kKernelBufferSize);
  set_int_option(fd_.get(), SOL_SOCKET, SO_SNDBUF, kKernelBufferSize);
}

Socket::~Socket() = default;

std::ptrdiff_t Socket::fail(Ending ending, int error_number) {
  ending_ = ending;
  errno = error_number;
  return -1;
}

Socket::Duration Socket::patience() const {
  Clock::duration left = options_.idle_timeout;
  if (deadline_) left = std::min(left, *deadline_ - Clock::now());
  if (pace_) left = std::min(left, options_.idle_timeout - pace_->waited);
  return std::max(std::chrono::ceil<Duration>(left), Duration(0));
}

Ending Socket::lateness() const {
  const bool out_of_pace = pace_ && pace_->waited >= options_.idle_timeout;
  return out_of_pace && received_ > pace_->lap_begin ? Ending::kTooSlow : Ending::kTimeout;
}

void Socket::waited_for_peer(Clock::duration time) {
  if (pace_ && received_ > pace_->received_before) pace_->waited += time;
}

void Socket::set_pace(std::optional<std::uint64_t> bytes) {
  pace_.reset();
  if (bytes) pace_ = Pace{.bytes = *bytes, .received_before = received_, .lap_begin = received_};
}

void Socket::set_deadline(std::optional<Duration> after) {
  deadline_ = after ? std::optional(Clock::now() + *after) : std::nullopt;
}

bool Socket::wait(short events) {
  for (;;) {
    const Duration left = patience();
    pollfd entry{fd_.get(), events, 0};
    // Who is late already must not go on because a byte has just come.
    const auto begin = Clock::now();
    const int ready = left > Duration(0) ? ::poll(&entry, 1, to_poll_timeout(left)) : 0;
    if (events == POLLIN) waited_for_peer(Clock::now() - begin);
    if (ready > 0) return true;
    if (ready == 0) {
      fail(lateness(), ETIMEDOUT);
      return false;
    }
    if (errno != EINTR) {
      fail(Ending::kError, errno);
      return false;
    }
  }
}

bool Socket::wait_readable(Duration timeout) {
  if (buffer_begin_ < buffer_end_) return true;
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
    if (ready == 0) return fail(lateness(), ETIMEDOUT) > 0;
    if (entries[1].revents != 0) return fail(Ending::kStopped, ECANCELED) > 0;
    return true;
  }
}

std::ptrdiff_t Socket::receive(void* to, std::size_t size) {
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), to, size, MSG_DONTWAIT);
    if (got > 0) {
      // The kernel falls back to delayed ACKs by itself, so this is repeated.
      set_int_option(fd_.get(), IPPROTO_TCP, TCP_QUICKACK, 1);
      received_ += static_cast<std::uint64_t>(got);
      if (pace_ && received_ - pace_->lap_begin >= pace_->bytes) {
        pace_->lap_begin = received_;
        pace_->waited = {};
      }
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
    if (!wait(POLLIN)) return -1;
  }
}

std::ptrdiff_t Socket::read(void* to, std::size_t size) {
  if (allowance_) {
    if (*allowance_ == 0) return fail(Ending::kTooMuch, EMSGSIZE);
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, *allowance_));
  }
  std::size_t got = 0;
  if (buffer_begin_ == buffer_end_ && size >= buffer_.size()) {
    const auto direct = receive(to, size);
    if (direct <= 0) return direct;
    got = static_cast<std::size_t>(direct);
  } else {
    if (buffer_begin_ == buffer_end_) {
      const auto filled = receive(buffer_.data(), buffer_.size());
      if (filled <= 0) return filled;
      buffer_begin_ = 0;
      buffer_end_ = static_cast<std::size_t>(filled);
    }
    got = std::min(size, buffer_end_ - buffer_begin_);
    std::memcpy(to, buffer_.data() + buffer_begin_, got);
    buffer_begin_ += got;
  }
  if (allowance_) *allowance_ -= got;
  return static_cast<std::ptrdiff_t>(got);
}

void Socket::unread(std::span<const std::byte> bytes) {
  std::vector<std::byte> all(bytes.begin(), bytes.end());
  all.insert(all.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(buffer_begin_),
             buffer_.begin() + static_cast<std::ptrdiff_t>(buffer_end_));
  buffer_begin_ = 0;
  buffer_end_ = all.size();
  all.resize(std::max(all.size(), kBufferSize));
  buffer_ = std::move(all);
}

std::ptrdiff_t Socket::write(const void* from, std::size_t size) {
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
      if (!wait(POLLOUT)) return -1;
      continue;
    }
    return fail(errno == EPIPE || errno == ECONNRESET ? Ending::kPeerClosed : Ending::kError,
                errno);
  }
  return static_cast<std::ptrdiff_t>(size);
}

void Socket::close() {
  const std::scoped_lock lock(mutex_);
  fd_.reset();
}

void Socket::shut_down() {
  const std::scoped_lock lock(mutex_);
  if (fd_.valid()) (void)::shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace hilum::scp
