#include "tests/integration/scp/raw_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "tests/integration/scp/pdu_reader.h"

namespace hilum::test {
namespace {

std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
  return out;
}

std::string little_endian(std::uint32_t value, int bytes) {
  const std::string reversed = big_endian(value, bytes);
  return {reversed.rbegin(), reversed.rend()};
}

std::string item(std::uint8_t type, std::string_view content) {
  return std::string{static_cast<char>(type), '\0'} +
         big_endian(static_cast<std::uint32_t>(content.size()), 2) + std::string(content);
}

std::string pdu(std::uint8_t type, std::string_view content) {
  return std::string{static_cast<char>(type), '\0'} +
         big_endian(static_cast<std::uint32_t>(content.size()), 4) + std::string(content);
}

std::string title(std::string_view text) {
  std::string padded(text);
  padded.resize(16, ' ');
  return padded;
}

std::string element(std::uint16_t number, std::string_view value) {
  std::string padded(value);
  if (padded.size() % 2 != 0) padded.push_back('\0');
  return little_endian(0, 2) + little_endian(number, 2) +
         little_endian(static_cast<std::uint32_t>(padded.size()), 4) + padded;
}

}  // namespace

RawPeer::RawPeer(std::uint16_t port, const char* address) {
  sockaddr_in four{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  const bool is_four = ::inet_pton(AF_INET, address, &four.sin_addr) == 1;
  if (!is_four && ::inet_pton(AF_INET6, address, &six.sin6_addr) != 1) {
    throw std::runtime_error(std::string("no address: ") + address);
  }
  fd_ = ::socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto* to =
      is_four ? reinterpret_cast<const sockaddr*>(&four) : reinterpret_cast<const sockaddr*>(&six);
  if (::connect(fd_, to, is_four ? sizeof(four) : sizeof(six)) != 0) {
    ::close(fd_);
    throw std::runtime_error("cannot connect to the server");
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

RawPeer::~RawPeer() { ::close(fd_); }

void RawPeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the peer has had enough; the test sees that by other means
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawPeer::wait(std::chrono::milliseconds patience) const {
  pollfd entry{fd_, POLLIN, 0};
  return ::poll(&entry, 1, static_cast<int>(patience.count())) > 0;
}

std::string RawPeer::receive(std::chrono::milliseconds patience) {
  std::string received;
  std::array<char, 4096> chunk{};
  while (wait(patience)) {
    const auto got = ::recv(fd_, chunk.data(), chunk.size(), 0);
    if (got <= 0) break;
    received.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return received;
}

std::string RawPeer::receive_pdu() {
  return read_pdu([this](char* to, std::size_t size) -> ssize_t {
    return wait(std::chrono::seconds(10)) ? ::recv(fd_, to, size, 0) : 0;
  });
}

bool RawPeer::closed_within(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  std::array<char, 4096> chunk{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !wait(left)) return false;
    if (::recv(fd_, chunk.data(), chunk.size(), 0) <= 0) return true;
  }
}

RawPacs::RawPacs(std::function<void(RawPeer&)> serve)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof(address);
  if (::bind(listener_, any, length) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, any, &length) != 0) {
    ::close(listener_);
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([listener = listener_, serve = std::move(serve)] {
    for (int fd = 0; (fd = ::accept(listener, nullptr, nullptr)) >= 0;) {
      RawPeer peer(RawPeer::Connected{fd});
      serve(peer);
    }
  });
}

RawPacs::~RawPacs() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string associate_accept(std::string_view request) {
  constexpr std::size_t kHead = 6;
  constexpr std::size_t kItems = kHead + 68;
  const auto item_length = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(request[at + 2])) * 256 +
           static_cast<unsigned char>(request[at + 3]);
  };
  std::string items = item(0x10, "1.2.840.10008.3.1.1.1");
  for (std::size_t at = kItems; at + 4 <= request.size(); at += 4 + item_length(at)) {
    if (request[at] != 0x20) continue;
    std::size_t syntax = at + 8;
    while (request[syntax] != 0x40) syntax += 4 + item_length(syntax);
    items += item(0x21, std::string{request[at + 4], '\0', '\0', '\0'} +
                            item(0x40, request.substr(syntax + 4, item_length(syntax))));
  }
  items += item(0x50, item(0x51, big_endian(16384, 4)) + item(0x52, "1.2.3"));
  return pdu(0x02, std::string(request.substr(kHead, 68)) + items);
}

std::string response(std::uint16_t field, std::uint16_t message_id, std::uint16_t status,
                     DataSet data_set) {
  const std::string elements =
      element(0x0100, little_endian(field, 2)) + element(0x0120, little_endian(message_id, 2)) +
      element(0x0800, little_endian(data_set == DataSet::kFollows ? 1 : 0x101, 2)) +
      element(0x0900, little_endian(status, 2));
  return element(0x0000, little_endian(static_cast<std::uint32_t>(elements.size()), 4)) + elements;
}

std::string explicit_element(std::uint32_t tag, std::string_view vr, std::string_view value) {
  std::string padded(value);
  if (padded.size() % 2 != 0) padded.push_back('\0');
  return little_endian(tag >> 16, 2) + little_endian(tag & 0xFFFF, 2) + std::string(vr) +
         little_endian(static_cast<std::uint32_t>(padded.size()), 2) + padded;
}

std::string associate_request(std::string_view calling, std::string_view called,
                              std::string_view abstract_syntax) {
  return associate_request(calling, called,
                           {{std::string(abstract_syntax), {"1.2.840.10008.1.2.1"}}});
}

std::string associate_request(std::string_view calling, std::string_view called,
                              const std::vector<ProposedContext>& contexts,
                              std::string_view user_items) {
  std::string items;
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    std::string context{static_cast<char>(2 * i + 1), '\0', '\0', '\0'};
    context += item(0x30, contexts[i].abstract_syntax);
    for (const auto& syntax : contexts[i].transfer_syntaxes) context += item(0x40, syntax);
    items += item(0x20, context);
  }
  const std::string user =
      item(0x51, big_endian(16384, 4)) + item(0x52, "1.2.3") + std::string(user_items);
  return pdu(0x01, big_endian(1, 2) + big_endian(0, 2) + title(called) + title(calling) +
                       std::string(32, '\0') + item(0x10, "1.2.840.10008.3.1.1.1") + items +
                       item(0x50, user));
}

std::string role_selection(std::string_view sop_class, ProposedRole role) {
  const char scu = role == ProposedRole::kScp ? '\0' : '\1';
  const char scp = role == ProposedRole::kScu ? '\0' : '\1';
  return item(0x54, big_endian(static_cast<std::uint32_t>(sop_class.size()), 2) +
                        std::string(sop_class) + scu + scp);
}

std::string event_report(std::string_view sop_class, std::string_view sop, std::uint16_t event_type,
                         DataSet data_set) {
  const std::string elements =
      element(0x0002, sop_class) + element(0x0100, little_endian(0x0100, 2)) +
      element(0x0110, little_endian(7, 2)) +
      element(0x0800, little_endian(data_set == DataSet::kFollows ? 1 : 0x101, 2)) +
      element(0x1000, sop) + element(0x1002, little_endian(event_type, 2));
  return element(0x0000, little_endian(static_cast<std::uint32_t>(elements.size()), 4)) + elements;
}

std::string data_pdu(std::uint8_t context, std::uint8_t control, std::string_view fragment) {
  return pdu(0x04, big_endian(static_cast<std::uint32_t>(fragment.size() + 2), 4) +
                       static_cast<char>(context) + static_cast<char>(control) +
                       std::string(fragment));
}

std::string command(std::uint16_t field, std::string_view sop_class, std::string_view sop,
                    DataSet data_set) {
  std::string elements =
      element(0x0002, sop_class) + element(0x0100, little_endian(field, 2)) +
      element(0x0110, little_endian(1, 2)) + element(0x0700, little_endian(0, 2)) +
      element(0x0800, little_endian(data_set == DataSet::kFollows ? 1 : 0x101, 2));
  if (!sop.empty()) elements += element(0x1000, sop);
  return element(0x0000, little_endian(static_cast<std::uint32_t>(elements.size()), 4)) + elements;
}

int status_in(std::string_view received) {
  const auto at = received.find(std::string_view("\0\0\0\x09\x02\0\0\0", 8));
  if (at == std::string_view::npos || at + 10 > received.size()) return -1;
  return static_cast<unsigned char>(received[at + 8]) |
         (static_cast<unsigned char>(received[at + 9]) << 8);
}

}  // namespace hilum::test
