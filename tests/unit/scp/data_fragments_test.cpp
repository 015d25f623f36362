#include "scp/data_fragments.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "scp/pdu.h"

using namespace hilum;
using namespace hilum::scp;

namespace {

std::string big(std::uint32_t value) {
  return {static_cast<char>(value >> 24U), static_cast<char>(value >> 16U),
          static_cast<char>(value >> 8U), static_cast<char>(value)};
}
std::string value(char context, char control, const std::string& bytes) {
  return big(static_cast<std::uint32_t>(bytes.size() + 2)) + context + control + bytes;
}
std::string pdu(char type, const std::string& body) {
  return std::string{type, '\0'} + big(static_cast<std::uint32_t>(body.size())) + body;
}

/// What a peer that sends `bytes` and closes is read as.
struct Peer {
  explicit Peer(const std::string& bytes, std::uint32_t max_pdu = 16384) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    REQUIRE(::send(ends[0], bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    ::close(ends[0]);
    socket = std::make_unique<Socket>(UniqueFd(ends[1]), Socket::Options{});
    fragments = std::make_unique<DataFragments>(*socket, max_pdu);
  }
  std::unique_ptr<Socket> socket;
  std::unique_ptr<DataFragments> fragments;
};

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string complaint(const std::string& bytes, std::uint32_t max_pdu = 16384) {
  const Peer peer(bytes, max_pdu);
  for (;;) {
    auto next = peer.fragments->next();
    if (!next) return next.error().message;
    REQUIRE(std::holds_alternative<DataFragment>(*next));
  }
}

bool has(const std::string& all, const char* part) { return all.find(part) != std::string::npos; }

}  // namespace

TEST_CASE(
    "data fragments: values of one and of several PDUs, then another PDU left in the socket") {
  const std::string release = pdu(5, std::string(4, '\0'));
  const Peer peer(pdu(4, value(1, 3, "command") + value(3, 0, "da")) + pdu(4, value(3, 2, "ta")) +
                  release);
  struct Expected {
    int context;
    DataFragment::Of of;
    bool last;
    const char* bytes;
  };
  for (const auto& expected : {Expected{1, DataFragment::Of::kCommand, true, "command"},
                               Expected{3, DataFragment::Of::kDataSet, false, "da"},
                               Expected{3, DataFragment::Of::kDataSet, true, "ta"}}) {
    auto next = peer.fragments->next();
    REQUIRE(next);
    const auto& fragment = std::get<DataFragment>(*next);
    CHECK(fragment.context == expected.context);
    CHECK(fragment.of == expected.of);
    CHECK(fragment.last == expected.last);
    CHECK(text(fragment.bytes) == expected.bytes);
  }
  CHECK_FALSE(peer.fragments->has_next());
  auto next = peer.fragments->next();
  REQUIRE(next);
  CHECK(std::holds_alternative<OtherPdu>(*next));
  std::array<std::byte, 10> left{};
  CHECK(read_all(*peer.socket, left));
  CHECK(text(left) == release);
}

TEST_CASE("data fragments: lengths that do not add up are refused, whatever they are") {
  CHECK(has(complaint(pdu(4, "")), "without data"));
  CHECK(has(complaint(pdu(4, "12345")), "within the head"));
  CHECK(has(complaint(pdu(4, value(1, 3, "x") + "12")), "within the head"));
  for (const std::uint32_t length : {0U, 1U, 7U, 0x7FFFFFFFU, 0xFFFFFFFCU, 0xFFFFFFFFU}) {
    CAPTURE(length);
    CHECK(has(complaint(pdu(4, big(length) + "\1\3abcd")), "where 6 are left"));
  }
  CHECK(has(complaint(pdu(4, value(1, 3, std::string(200, 'x'))), 64), "206 bytes came, 64 were"));
  CHECK(has(complaint(pdu(4, value(1, 3, std::string(150, 'x'))), 64), "ended within a message"));
  CHECK(has(complaint(std::string("\4\0\xFF\xFF\xFF\xFF", 6)), "4294967295 bytes came"));
  const std::string whole = pdu(4, value(1, 3, "x"));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CHECK(has(complaint(whole.substr(0, size)), "ended within a message"));
  }
}
