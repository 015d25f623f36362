#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "tests/integration/scp/raw_peer.h"
#include "tests/integration/scp/server_fixture.h"

namespace hilum::test {

inline constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr std::uint16_t kStoreRequest = 0x0001;

inline bool echo_works(const ServerFixture& node) {
  return run({"echoscu", "-aet", "SENDER", "-aec", "HILUM", "127.0.0.1", node.port()}) == 0;
}

/// A raw peer with an accepted association for CT in Explicit VR Little Endian (context 1).
struct RawSender : RawPeer {
  explicit RawSender(const ServerFixture& node) : RawPeer(node.server->port()) {
    send(associate_request("SENDER", "HILUM", kCt));
    REQUIRE(receive_pdu().substr(0, 1) == "\x02");
  }
  int store(const std::string& sop, const std::string& data_set) {
    send(data_pdu(1, kLastCommand, command(kStoreRequest, kCt, sop, DataSet::kFollows)));
    constexpr std::size_t kFragment = 100'000;
    for (std::size_t at = 0; at == 0 || at < data_set.size(); at += kFragment) {
      const bool last = at + kFragment >= data_set.size();
      send(data_pdu(1, last ? kLastData : kDataFragment, data_set.substr(at, kFragment)));
    }
    return status_in(receive_pdu());
  }
};

}  // namespace hilum::test
