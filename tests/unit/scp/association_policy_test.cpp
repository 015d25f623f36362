#include "scp/association_policy.h"

#include <doctest/doctest.h>

#include <optional>
#include <tuple>
#include <variant>
#include <vector>

using namespace hilum;
using namespace hilum::scp;

namespace {

constexpr const char* kDicom = "1.2.840.10008.3.1.1.1";

AeTitle ae(const char* text) { return *AeTitle::parse(text); }

std::vector<KnownPeer> peers() {
  return {
      {"pacs", ae("PACS"), "pacs.example", {"10.0.0.5", "fd00::5"}, true, 4},
      {"twin", ae("PACS"), "10.0.0.6", {"10.0.0.6"}, true},
      {"anywhere", ae("ROAMING"), "*", {"*"}, true},
      {"fleet", ae("CT"), "10.20.0.0/16", {"10.20.0.0/16"}, true},
      {"sink", ae("ARCHIVE"), "10.0.0.7", {"10.0.0.7"}, false},
      {"lost", ae("LOST"), "no.such.host", {}, true},
  };
}

std::variant<Admission, Rejection> decided(const char* calling, const char* called,
                                           const char* address,
                                           const PolicyOptions& options = {
                                               .ae_title = ae("HILUM")}) {
  return decide({calling, called, address, kDicom}, options, peers());
}

std::optional<Rejection> asked(const char* calling, const char* called, const char* address,
                               const PolicyOptions& options = {.ae_title = ae("HILUM")}) {
  const auto decision = decided(calling, called, address, options);
  const auto* rejected = std::get_if<Rejection>(&decision);
  return rejected == nullptr ? std::nullopt : std::optional(*rejected);
}

Admission admitted(const char* calling, const char* called, const char* address,
                   const PolicyOptions& options) {
  const auto decision = decided(calling, called, address, options);
  REQUIRE(std::holds_alternative<Admission>(decision));
  return std::get<Admission>(decision);
}

}  // namespace

TEST_CASE("association policy: known peers from their addresses are let in") {
  for (const auto& [calling, called, address] : {
           std::tuple<const char*, const char*, const char*>{"PACS", "HILUM", "10.0.0.5"},
           {"PACS", "HILUM", "fd00::5"},
           {"PACS", "HILUM", "10.0.0.6"},
           {"  PACS  ", "HILUM           ", "10.0.0.5"},
           {"ROAMING", "HILUM", "192.0.2.9"},
           {"CT", "HILUM", "10.20.3.4"},
       }) {
    CAPTURE(calling);
    CAPTURE(address);
    CHECK_FALSE(asked(calling, called, address).has_value());
  }
}

TEST_CASE("association policy: a peer without host may call from anywhere, as with *") {
  for (const char* host : {"", "*", "any"}) CHECK(means_any_address(host));
  for (const char* host : {"pacs.example", "10.0.0.0/8", "10.0.0.1"}) {
    CHECK_FALSE(means_any_address(host));
  }
}

TEST_CASE("association policy: a rejection carries its PS3.8 reason and says what to change") {
  struct Case {
    const char* calling;
    const char* called;
    const char* address;
    RejectReason reason;
    const char* says;
  };
  for (const auto& c : {
           Case{"X", "HILUM", "10.0.0.5", kCallingAeNotRecognized,
                "calling AE \"X\" from 10.0.0.5 is not a known peer; to allow it add to the "
                "configuration: [[peer]] name = \"x\" ae_title = \"X\" host = \"10.0.0.5\""},
           Case{"PACS", "HILUM", "10.0.0.99", kCallingAeNotRecognized, "host = \"10.0.0.99\""},
           Case{"CT", "HILUM", "10.21.3.4", kCallingAeNotRecognized,
                "called from 10.21.3.4, but its host is 10.20.0.0/16"},
           Case{"pacs", "HILUM", "10.0.0.5", kCallingAeNotRecognized, "not a known peer"},
           Case{"ARCHIVE", "HILUM", "10.0.0.7", kCallingAeNotRecognized,
                "set send = true in its [[peer]]"},
           Case{"LOST", "HILUM", "10.0.0.5", kCallingAeNotRecognized, "no.such.host"},
           Case{"", "HILUM", "10.0.0.5", kCallingAeNotRecognized,
                "from 10.0.0.5 states no AE title of its own; set one at the caller"},
           Case{"PACS", "hilum", "10.0.0.5", kCalledAeNotRecognized,
                "change node.ae_title or add a [[virtual_node]]"},
           Case{"PACS", "", "10.0.0.5", kCalledAeNotRecognized, "this node is \"HILUM\""},
       }) {
    CAPTURE(c.calling);
    CAPTURE(c.called);
    const auto rejected = asked(c.calling, c.called, c.address);
    REQUIRE(rejected.has_value());
    CHECK(rejected->reason == c.reason);
    CHECK_MESSAGE(rejected->explanation.find(c.says) != std::string::npos, rejected->explanation);
  }
}

TEST_CASE("association policy: each check can be switched off by itself") {
  CHECK_FALSE(
      asked("X", "HILUM", "10.0.0.9", {.ae_title = ae("HILUM"), .peer_check = PeerCheck::kOff}));
  CHECK(asked("X", "OTHER", "10.0.0.9", {.ae_title = ae("HILUM"), .peer_check = PeerCheck::kOff}));
  CHECK_FALSE(asked("PACS", "OTHER", "10.0.0.5",
                    {.ae_title = ae("HILUM"), .called_ae = CalledAeCheck::kOff}));
}

TEST_CASE("association policy: the called AE title selects the node") {
  const VirtualNode thin = *VirtualNode::parse("thin");
  PolicyOptions options{.ae_title = ae("HILUM"), .virtual_titles = {{ae("HILUM_THIN"), thin}}};
  CHECK(admitted("PACS", "HILUM", "10.0.0.5", options).node.is_main());
  CHECK(admitted("PACS", " HILUM_THIN ", "10.0.0.5", options).node == thin);
  const auto rejected = asked("PACS", "HILUM_THICK", "10.0.0.5", options);
  REQUIRE(rejected.has_value());
  CHECK(rejected->reason == kCalledAeNotRecognized);
  CHECK_MESSAGE(
      rejected->explanation.find("this node is \"HILUM\", \"HILUM_THIN\"") != std::string::npos,
      rejected->explanation);
  // Without the check titles that nobody has are the main node's, and the others select as before.
  options.called_ae = CalledAeCheck::kOff;
  CHECK(admitted("PACS", "HILUM_THIN", "10.0.0.5", options).node == thin);
  for (const char* called : {"HILUM_THICK", "hilum_thin", "", "HILUM"}) {
    CHECK(admitted("PACS", called, "10.0.0.5", options).node.is_main());
  }
}

TEST_CASE("association policy: who is admitted brings the limit that counts for it") {
  PolicyOptions options{.ae_title = ae("HILUM"), .max_unknown_associations = 7};
  const auto known = admitted("PACS", "HILUM", "10.0.0.5", options);
  CHECK(known.peer == "pacs");
  CHECK(known.max_associations == 4);
  CHECK(admitted("CT", "HILUM", "10.20.3.4", options).max_associations == 0);
  // A peer is one also where nobody has to be; all others share a limit.
  options.peer_check = PeerCheck::kOff;
  CHECK(admitted("PACS", "HILUM", "10.0.0.5", options).peer == "pacs");
  CHECK(admitted("ARCHIVE", "HILUM", "10.0.0.7", options).peer == "sink");
  for (const auto& [calling, address] :
       {std::pair{"X", "10.0.0.5"}, {"PACS", "10.0.0.99"}, {"", "10.0.0.5"}}) {
    const auto unknown = admitted(calling, "HILUM", address, options);
    CHECK(unknown.peer.empty());
    CHECK(unknown.max_associations == 7);
  }
}

TEST_CASE("association policy: a peer with tls = true is let in through TLS only, as itself") {
  const std::vector<KnownPeer> secure{
      {"ct", ae("CT"), "*", {"*"}, true, 0, Security::kTls, "ct.example"},
      {"any", ae("ANY"), "*", {"*"}, true, 0, Security::kTls, ""},
      {"roaming", ae("TWO"), "*", {"*"}, true, 0, Security::kTls, ""},
      {"fixed", ae("TWO"), "10.0.0.5", {"10.0.0.5"}, true},
  };
  const Certificate certificate{.subject = "CN=x",
                                .issuer = "CN=ca",
                                .names = {"CT.example", "10.0.0.7"},
                                .valid_from = {},
                                .valid_until = {}};
  const Certificate other{.subject = "CN=x",
                          .issuer = "CN=ca",
                          .names = {"mr.example"},
                          .valid_from = {},
                          .valid_until = {}};
  PeerCheck check = PeerCheck::kKnownOnly;
  const auto ask = [&](const char* calling, Security security, std::optional<Certificate> shown) {
    return decide({calling, "HILUM", "10.0.0.5", kDicom, security, std::move(shown)},
                  {.ae_title = ae("HILUM"), .peer_check = check}, secure);
  };
  const auto refused = [&](const char* calling, Security security,
                           std::optional<Certificate> shown) -> std::string {
    const auto decision = ask(calling, security, std::move(shown));
    REQUIRE(std::holds_alternative<Rejection>(decision));
    CHECK(std::get<Rejection>(decision).reason == kNoReasonGiven);
    return std::get<Rejection>(decision).explanation;
  };
  CHECK(std::holds_alternative<Admission>(ask("CT", Security::kTls, certificate)));
  CHECK(std::holds_alternative<Admission>(ask("ANY", Security::kTls, {})));
  CHECK(std::holds_alternative<Admission>(
      ask("TWO", Security::kNone, {})));  // the other peer of this title asks for no TLS
  CHECK(refused("CT", Security::kNone, {}) ==
        "peer \"ct\" (AE \"CT\") called from 10.0.0.5 without TLS; switch TLS on at the caller and "
        "let it call the TLS port (tls.port), or set tls = false in its [[peer]] section");
  CHECK(refused("ANY", Security::kNone, {}).find("without TLS") != std::string::npos);
  CHECK(refused("CT", Security::kTls, {}).find("showed no certificate") != std::string::npos);
  CHECK(refused("CT", Security::kTls, other) ==
        "peer \"ct\" (AE \"CT\") showed a certificate made out to \"mr.example\", not to "
        "\"ct.example\"; if the call was genuine correct certificate_name in its [[peer]] section");
  check = PeerCheck::kOff;  // then as well: what says that it is this peer has to prove it
  CHECK(refused("ANY", Security::kNone, {}).find("without TLS") != std::string::npos);
}

TEST_CASE("association policy: only DICOM's application context is known") {
  const auto decision =
      decide({"PACS", "HILUM", "10.0.0.5", "1.2.3"}, {.ae_title = ae("HILUM")}, peers());
  REQUIRE(std::holds_alternative<Rejection>(decision));
  CHECK(std::get<Rejection>(decision).reason == kContextNameNotSupported);
}

TEST_CASE("association policy: text of a peer cannot forge a log line") {
  CHECK(printable("A\nevent=x \"q\" \\\xFF") == "A?event=x ?q? ??");
  CHECK(printable("  AE  ") == "AE");
  CHECK(printable(std::string(100, 'x')).size() == 64);
}

TEST_CASE("association policy: a peer that only takes results may report on them") {
  const PolicyOptions options{.ae_title = ae("HILUM")};
  AssociationRequest request{"ARCHIVE", "HILUM", "10.0.0.7", kDicom};
  request.purpose = Purpose::kReports;
  const auto reports = decide(request, options, peers());
  REQUIRE(std::holds_alternative<Admission>(reports));
  CHECK(std::get<Admission>(reports).peer == "sink");
  for (const Purpose other : {Purpose::kAnything, Purpose::kVerification}) {
    request.purpose = other;
    CHECK(std::holds_alternative<Rejection>(decide(request, options, peers())));
  }
  request.purpose = Purpose::kReports;
  request.peer_address = "10.0.0.8";
  CHECK(std::holds_alternative<Rejection>(decide(request, options, peers())));
}
