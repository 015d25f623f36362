#include "scp/socket.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace hilum::scp {
namespace {

/// Larger than any PDU header and most PDUs of 16 KiB; bigger reads go past the buffer.
constexpr std::size_t kBufferSize = 128 * 1024;

}  // namespace

Socket::Socket(UniqueFd fd, Options options) : wire_(std::move(fd), options) {
  buffer_.resize(kBufferSize);
}

Socket::~Socket() = default;

Status Socket::start_tls(std::shared_ptr<const TlsContext> context, TlsRole role,
                         const std::string& server_name) {
  tls_ = std::make_unique<TlsChannel>(wire_, std::move(context), role);
  return tls_->handshake(server_name);
}

std::ptrdiff_t Socket::receive(void* to, std::size_t size) {
  return tls_ ? tls_->read(to, size) : wire_.receive(to, size, Wire::Patience::kWait);
}

std::ptrdiff_t Socket::read(void* to, std::size_t size) {
  if (allowance_) {
    if (*allowance_ == 0) return wire_.fail(Ending::kTooMuch, EMSGSIZE);
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
  return tls_ ? tls_->write(from, size) : wire_.send(from, size, Wire::Patience::kWait);
}

bool Socket::wait_readable(Duration timeout) {
  if (buffer_begin_ < buffer_end_) return true;
  if (!tls_) return wire_.wait_readable(timeout);
  // What comes over the wire may be half a record, or none that carries data.
  const auto until = std::chrono::steady_clock::now() + timeout;
  while (!tls_->is_readable()) {
    const auto left = std::chrono::ceil<Duration>(until - std::chrono::steady_clock::now());
    if (left < Duration(0)) return wire_.fail_late() > 0;
    if (!wire_.wait_readable(left)) return false;
  }
  return true;
}

void Socket::close() {
  if (tls_) tls_->say_goodbye();
  wire_.close();
}

}  // namespace hilum::scp
