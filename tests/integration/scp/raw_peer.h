#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hilum::test {

/// A TCP client that says whatever it is told, to play peers that DCMTK's tools cannot.
class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port, const char* address = "127.0.0.1");
  /// Over a connection that is there; closes it at the end.
  struct Connected {
    int fd;
  };
  explicit RawPeer(Connected connection) : fd_(connection.fd) {}
  ~RawPeer();
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  void send(std::string_view bytes);
  /// What came until the peer closed or nothing came for `patience`.
  std::string receive(std::chrono::milliseconds patience = std::chrono::seconds(1));
  /// Exactly one PDU, header included; shorter when the peer closed or was silent for 10 s.
  std::string receive_pdu();
  /// Whether the peer closes within `patience`; what it says meanwhile is dropped.
  bool closed_within(std::chrono::milliseconds patience);

 private:
  bool wait(std::chrono::milliseconds patience) const;
  int fd_ = -1;
};

/// A loopback port that plays a PACS: each connection is served by `serve`, one after the other, in
/// a thread of its own. The destructor waits for it.
class RawPacs {
 public:
  explicit RawPacs(std::function<void(RawPeer&)> serve);
  ~RawPacs();
  RawPacs(const RawPacs&) = delete;
  RawPacs& operator=(const RawPacs&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// PDUs (PS3.8 9.3) for the tests.
std::string associate_request(std::string_view calling, std::string_view called,
                              std::string_view abstract_syntax);
/// An A-ASSOCIATE-AC that accepts every context of a request in its first transfer syntax.
std::string associate_accept(std::string_view request);
struct ProposedContext {
  std::string abstract_syntax;
  std::vector<std::string> transfer_syntaxes;
};
/// At most 128 contexts; `user_items` are added to the user information.
std::string associate_request(std::string_view calling, std::string_view called,
                              const std::vector<ProposedContext>& contexts,
                              std::string_view user_items = "");
/// A role selection (PS3.7 D.3.3.4), an item of the user information.
enum class ProposedRole { kScu, kScp, kBoth };
std::string role_selection(std::string_view sop_class, ProposedRole role);
std::string data_pdu(std::uint8_t context, std::uint8_t control, std::string_view fragment);
inline constexpr std::uint8_t kLastCommand = 3;
inline constexpr std::uint8_t kDataFragment = 0;
inline constexpr std::uint8_t kLastData = 2;
enum class DataSet { kNone, kFollows };
/// A command set; `data_set` tells whether one follows.
std::string command(std::uint16_t field, std::string_view sop_class, std::string_view sop,
                    DataSet data_set);
/// N-EVENT-REPORT.
std::string event_report(std::string_view sop_class, std::string_view sop, std::uint16_t event_type,
                         DataSet data_set);
/// A response to message `message_id`; `field` with the response bit.
std::string response(std::uint16_t field, std::uint16_t message_id, std::uint16_t status,
                     DataSet data_set);
/// An element of a data set in Explicit VR Little Endian, of a VR with a short length.
std::string explicit_element(std::uint32_t tag, std::string_view vr, std::string_view value);
/// The status (0000,0900) in a P-DATA PDU with a response; -1 when there is none.
int status_in(std::string_view pdu);

}  // namespace hilum::test
