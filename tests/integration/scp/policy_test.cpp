// Who is let in, where to, and how often; and what the log says to the administrator when not.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/raw_peer.h"
#include "tests/integration/scp/server_fixture.h"
#include "tests/support/log_capture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
constexpr const char* kVerification = "1.2.840.10008.1.1";
constexpr const char* kExplicit = "1.2.840.10008.1.2.1";
const VirtualNode kThin = *VirtualNode::parse("thin");

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

int echo(const ServerFixture& node, const char* calling, const char* called,
         std::string* output = nullptr) {
  return run({"echoscu", "-aet", calling, "-aec", called, "127.0.0.1", node.port()}, output);
}

int store(const ServerFixture& node, const char* calling, const char* called,
          const std::string& file, std::string* output = nullptr) {
  return run({"storescu", "-aet", calling, "-aec", called, "127.0.0.1", node.port(), file}, output);
}

/// A-ASSOCIATE-RJ (PS3.8 9.3.4).
std::string rejection(char result, char source, char reason) {
  return std::string("\x03\0\0\0\0\x04\0", 7) + result + source + reason;
}

/// What the node answers to the first PDU of a caller with these titles.
std::string answer_to(const ServerFixture& node, std::string_view calling,
                      std::string_view called) {
  RawPeer peer(node.server->port());
  peer.send(associate_request(calling, called, kVerification));
  return peer.receive_pdu();
}

/// An association that stays open as long as the object.
std::unique_ptr<RawPeer> open_association(const ServerFixture& node, const char* calling) {
  auto peer = std::make_unique<RawPeer>(node.server->port());
  peer->send(associate_request(calling, "HILUM", kCt));
  REQUIRE(peer->receive_pdu().substr(0, 1) == "\x02");
  return peer;
}

scp::ServerOptions with_two_peers() {
  auto options = ServerFixture::default_options();
  options.peers = {{"sender", ae("SENDER"), "127.0.0.1", 0, true},
                   {"other", ae("OTHER"), "127.0.0.1", 0, true}};
  return options;
}

scp::ServerOptions with_thin() {
  auto options = with_two_peers();
  options.virtual_titles = {{ae("HILUM_THIN"), kThin}};
  return options;
}

}  // namespace

TEST_CASE("policy: each rejection has its fields on the wire and its remedy in the log") {
  auto options = ServerFixture::default_options();
  options.peers.push_back({"archive", ae("ARCHIVE"), "127.0.0.1", 104, false});
  options.peers.push_back({"moved", ae("MOVED"), "192.0.2.7", 0, true});
  ServerFixture node(options);
  const LogCapture log;
  struct Case {
    const char* calling;
    const char* called;
    char reason;
    const char* remedy;
  };
  for (const auto& one : {
           Case{"STRANGER", "HILUM", 3,
                "add to the configuration: [[peer]] name = \"stranger\" ae_title = \"STRANGER\" "
                "host = \"127.0.0.1\""},
           Case{"MOVED", "HILUM", 3, "set host = \"127.0.0.1\" (or \"*\" for any address)"},
           Case{"ARCHIVE", "HILUM", 3,
                "peer \"archive\" (AE \"ARCHIVE\") may not send to this node; "
                "to allow it set send = true"},
           Case{"", "HILUM", 3, "states no AE title of its own; set one at the caller"},
           Case{"SENDER", "WRONG", 7,
                "called AE \"WRONG\", but this node is \"HILUM\"; correct the called AE title at "
                "the "
                "caller (case matters), change node.ae_title or add a [[virtual_node]]"},
           Case{"SENDER", "", 7, "called AE \"\", but this node is \"HILUM\""},
       }) {
    CAPTURE(one.calling);
    CAPTURE(one.called);
    CHECK(answer_to(node, one.calling, one.called) == rejection(1, 1, one.reason));
    const auto line = log.line_with(one.remedy);
    CHECK_MESSAGE(has(line, fmt::format("event=association_rejected assoc=")), log.text());
    CHECK(has(line, fmt::format("result=1 source=1 reason={}", static_cast<int>(one.reason))));
  }
  // As a real peer understands it.
  std::string output;
  CHECK(echo(node, "STRANGER", "HILUM", &output) != 0);
  CHECK(has(output, "Calling AE Title Not Recognized"));
  CHECK(echo(node, "SENDER", "WRONG", &output) != 0);
  CHECK(has(output, "Called AE Title Not Recognized"));
}

TEST_CASE("policy: AE titles are what is between the padding, whatever pads them") {
  ServerFixture node;
  using namespace std::string_literals;
  for (const std::string& calling : {"SENDER"s, "  SENDER  "s, "          SENDER"s,
                                     "SENDER\0\0\0\0\0\0\0\0\0\0"s, "SENDER \0 \0\1\2\3junk"s}) {
    CAPTURE(calling);
    CHECK(answer_to(node, calling, "HILUM").substr(0, 1) == "\x02");
    CHECK(answer_to(node, "SENDER", " HILUM\0XYZ"s).substr(0, 1) == "\x02");
  }
  CHECK(answer_to(node, "SENDER"s + std::string(1, '\0'), "HILUMX").substr(0, 1) == "\x03");
  // Sixteen characters fill the field; there is no room for a seventeenth.
  auto options = ServerFixture::default_options();
  options.ae_title = ae("ABCDEFGHIJKLMNOP");
  ServerFixture longest(options);
  CHECK(echo(longest, "SENDER", "ABCDEFGHIJKLMNOP") == 0);
  CHECK(echo(longest, "SENDER", "ABCDEFGHIJKLMNO") != 0);
}

TEST_CASE("policy: callers and titles that are blank come in where nothing is checked") {
  auto options = ServerFixture::default_options();
  options.called_ae = scp::CalledAeCheck::kOff;
  options.peer_check = scp::PeerCheck::kOff;
  ServerFixture node(options);
  CHECK(answer_to(node, "", "").substr(0, 1) == "\x02");
  CHECK(answer_to(node, std::string(16, '\0'), "HILUM").substr(0, 1) == "\x02");
}

TEST_CASE("policy: callers come over IPv4 and IPv6 to one port, matched by address and network") {
  auto options = ServerFixture::default_options();
  options.bind_address = "::";
  options.peers = {{"four", ae("FOUR"), "127.0.0.0/8", 0, true},
                   {"six", ae("SIX"), "::1", 0, true},
                   {"both", ae("BOTH"), "localhost", 0, true}};
  ServerFixture node(options);
  const auto call = [&](const char* calling, const char* address) {
    return run({"echoscu", "-aet", calling, "-aec", "HILUM", address, node.port()}) == 0;
  };
  CHECK(call("FOUR", "127.0.0.1"));
  CHECK_FALSE(call("SIX", "127.0.0.1"));
  CHECK(call("BOTH", "127.0.0.1"));
  // DCMTK 3.6.7 calls IPv4 only: over IPv6 it is a peer of ours that does.
  RawPeer six(node.server->port(), "::1");
  six.send(associate_request("SIX", "HILUM", kVerification));
  CHECK(six.receive_pdu().substr(0, 1) == "\x02");
  RawPeer stranger(node.server->port(), "::1");
  stranger.send(associate_request("FOUR", "HILUM", kVerification));
  CHECK(stranger.receive_pdu() == rejection(1, 1, 3));
}

TEST_CASE("policy: a peer at its own limit is rejected, others and its C-ECHO are not") {
  auto options = with_two_peers();
  options.peers[0].max_associations = 2;
  ServerFixture node(options);
  const LogCapture log;
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  auto first = open_association(node, "SENDER");
  auto second = open_association(node, "SENDER");
  std::string output;
  CHECK(store(node, "SENDER", "HILUM", file, &output) != 0);
  CHECK(has(output, "Local Limit Exceeded"));
  {
    RawPeer third(node.server->port());
    third.send(associate_request("SENDER", "HILUM", kCt));
    CHECK(third.receive_pdu() == rejection(2, 3, 2));
  }
  const auto line = log.line_with("peer \"sender\" has the 2 associations of its max_associations");
  CHECK(has(line, "event=association_rejected"));
  CHECK(has(line, "result=2 source=3 reason=2"));
  CHECK(has(line, "raise max_associations in its [[peer]] section"));
  CHECK(echo(node, "SENDER", "HILUM") == 0);
  CHECK(store(node, "OTHER", "HILUM", file) == 0);
  CHECK(node.server->statistics().associations_open >= 2);
  first.reset();
  CHECK(node.sink.wait_closed(3));  // this one, the echo and the store of the other
  CHECK(store(node, "SENDER", "HILUM", file) == 0);
}

TEST_CASE("policy: when all places are taken the log names who has them and what to change") {
  auto options = with_two_peers();
  options.max_associations = 2;
  ServerFixture node(options);
  const LogCapture log;
  const auto first = open_association(node, "SENDER");
  const auto second = open_association(node, "SENDER");
  RawPeer other(node.server->port());
  other.send(associate_request("OTHER", "HILUM", kCt));
  CHECK(other.receive_pdu() == rejection(2, 3, 2));
  CHECK(
      has(log.line_with("event=association_rejected"),
          "peer \"other\" came while all of the 2 associations of network.max_associations were "
          "open, 2 of them of peer \"sender\"; raise network.max_associations if this is usual, or "
          "set max_associations in the [[peer]] section of that one"));
  CHECK(echo(node, "OTHER", "HILUM") == 0);
}

TEST_CASE("policy: callers that are no peers share a limit and leave the peers their places") {
  auto options = with_two_peers();
  options.peer_check = scp::PeerCheck::kOff;
  options.max_unknown_associations = 1;
  ServerFixture node(options);
  const LogCapture log;
  const auto stranger = open_association(node, "STRANGER1");
  RawPeer second(node.server->port());
  second.send(associate_request("STRANGER2", "HILUM", kCt));
  CHECK(second.receive_pdu() == rejection(2, 3, 2));
  const auto line = log.line_with("event=association_rejected");
  CHECK(has(line, "the 1 associations of network.max_unknown_associations"));
  CHECK(has(line, "add a [[peer]] for this caller"));
  const auto known = open_association(node, "SENDER");
  CHECK(echo(node, "STRANGER3", "HILUM") == 0);
}

TEST_CASE("policy: connections that say nothing keep nobody out") {
  auto options = with_two_peers();
  options.max_associations = 2;
  ServerFixture node(options);
  std::vector<std::unique_ptr<RawPeer>> silent;
  for (int i = 0; i < 4; ++i) silent.push_back(std::make_unique<RawPeer>(node.server->port()));
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  CHECK(store(node, "SENDER", "HILUM", file) == 0);
  CHECK(echo(node, "OTHER", "HILUM") == 0);
}

TEST_CASE("policy: the called AE title selects the node, and one copy lies on the disk for both") {
  ServerFixture node(with_thin(), {.root = {}, .virtual_nodes = {kThin}});
  const LogCapture log;
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  CHECK(store(node, "SENDER", "HILUM_THIN", file) == 0);
  CHECK(has(log.line_with("event=association_accepted"), "called=\"HILUM_THIN\" node=thin"));
  CHECK(store(node, "OTHER", "HILUM", file) == 0);
  CHECK(has(log.line_with("called=\"HILUM\""), "node=main"));
  CHECK(store(node, "SENDER", "HILUM_THICK", file) != 0);
  const auto instances = node.sink.instances();
  REQUIRE(instances.size() == 2);
  CHECK(instances[0].series.node == kThin);
  CHECK(instances[1].series.node.is_main());
  CHECK(instances[0].sop == instances[1].sop);
  CHECK(instances[1].calling_ae == "OTHER");
  const auto root = node.spool->root();
  CHECK(std::filesystem::equivalent(root / instances[0].file, root / instances[1].file));
  CHECK(std::filesystem::hard_link_count(root / instances[0].file) == 2);
}

TEST_CASE("policy: a node that is called by a name nobody has answers as the main one") {
  auto options = with_thin();
  options.called_ae = scp::CalledAeCheck::kOff;
  ServerFixture node(options, {.root = {}, .virtual_nodes = {kThin}});
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  CHECK(store(node, "SENDER", "WHATEVER", file) == 0);
  CHECK(store(node, "SENDER", "HILUM_THIN", file) == 0);
  REQUIRE(node.sink.instances().size() == 2);
  CHECK(node.sink.instances()[0].series.node.is_main());
  CHECK(node.sink.instances()[1].series.node == kThin);
}

TEST_CASE("policy: refused contexts are logged with the reason and what to change") {
  auto options = with_two_peers();
  options.of_use = [](std::string_view sop_class, std::string_view syntax) {
    return sop_class != kCt || syntax == kExplicit;
  };
  ServerFixture node(options);
  const LogCapture log;
  SUBCASE("a service that is not offered, asked for by findscu") {
    CHECK(run({"findscu", "-S", "-aet", "SENDER", "-aec", "HILUM", "-k", "0008,0052=STUDY",
               "127.0.0.1", node.port()}) != 0);
    const auto line = log.line_with("event=contexts_refused");
    CHECK(has(line, "calling=\"SENDER\""));
    CHECK(has(line, "not supported: FINDStudyRootQueryRetrieveInformationModel"));
    CHECK(has(line, "take the others out of what the sender proposes"));
  }
  SUBCASE("a syntax that cannot be decoded, sent by storescu") {
    const std::string file = node.dir / "in.dcm";
    write_ct(file, {.syntax = EXS_RLELossless});
    std::string output;
    // storescu proposes RLE in a context of its own, and all others for plain syntaxes.
    CHECK(run({"storescu", "-R", "-xr", "-aet", "SENDER", "-aec", "HILUM", "127.0.0.1", node.port(),
               file},
              &output) != 0);
    RawPeer peer(node.server->port());
    peer.send(associate_request("SENDER", "HILUM", {{kCt, {"1.2.840.10008.1.2.5"}}}));
    CHECK(peer.receive_pdu().substr(0, 1) == "\x02");
    const auto line = log.line_with("event=contexts_refused");
    CHECK(has(line, "CTImageStorage (1.2.840.10008.5.1.4.1.1.2) in RLELossless"));
    CHECK(has(line, "let the sender send it in Explicit VR Little Endian"));
  }
  SUBCASE("128 contexts") {
    std::vector<ProposedContext> contexts;
    for (int i = 0; i < 128; ++i) contexts.push_back({fmt::format("1.2.3.{}", i), {kExplicit}});
    RawPeer peer(node.server->port());
    peer.send(associate_request("SENDER", "HILUM", contexts));
    CHECK(peer.receive_pdu().substr(0, 1) == "\x02");
    const auto line = log.line_with("event=contexts_refused");
    CHECK(has(line, "124 more"));
    CHECK(line.size() < 1000);
    CHECK(has(log.line_with("event=association_accepted"), "contexts=128 refused=128"));
  }
}

TEST_CASE("policy: whatever else goes wrong is logged with its remedy") {
  auto options = with_two_peers();
  options.request_timeout = 1s;
  options.idle_timeout = 1s;
  ServerFixture node(options, {.root = {}, .max_data_set_bytes = 3000});
  const LogCapture log;
  constexpr std::uint16_t kStore = 0x0001;
  constexpr std::uint16_t kFind = 0x0020;
  SUBCASE("no request in time") {
    const RawPeer silent(node.server->port());
    CHECK(has(log.line_with("event=no_association_request"), "network.association_timeout_s"));
  }
  SUBCASE("a browser") {
    RawPeer browser(node.server->port());
    browser.send("GET / HTTP/1.1\r\n\r\n");
    const auto line = log.line_with("event=no_association_request");
    CHECK(has(line, "the caller does not speak DICOM"));
    CHECK(has(line, "remedy=\"correct at the peer"));
  }
  SUBCASE("a service that is not there") {
    const auto peer = open_association(node, "SENDER");
    peer->send(data_pdu(1, kLastCommand, command(kFind, kCt, "", DataSet::kNone)));
    CHECK(status_in(peer->receive_pdu()) == 0x0211);
    CHECK(has(log.line_with("event=command_refused"), "takes C-ECHO, C-STORE and reports"));
  }
  SUBCASE("an object that is too large") {
    const std::string file = node.dir / "large.dcm";
    write_ct(file, {.size = 256});
    CHECK(store(node, "SENDER", "HILUM", file) != 0);
    const auto line = log.line_with("event=store_failed");
    CHECK(has(line, "status=A700"));
    CHECK(has(line, "storage.min_free_gib or network.max_object_gib"));
  }
  SUBCASE("an object that contradicts its command") {
    const std::string file = node.dir / "in.dcm";
    write_ct(file, {});
    const auto peer = open_association(node, "SENDER");
    peer->send(data_pdu(1, kLastCommand, command(kStore, kCt, "1.2.9", DataSet::kFollows)));
    peer->send(data_pdu(1, kLastData, data_set_bytes(file)));
    CHECK(status_in(peer->receive_pdu()) == 0xA900);
    CHECK(has(log.line_with("event=store_failed"), "in the system that made it"));
  }
  SUBCASE("silence") {
    const auto peer = open_association(node, "SENDER");
    CHECK(has(log.line_with("event=association_broken"), "network.idle_timeout_s"));
  }
  SUBCASE("a connection that breaks") {
    auto peer = open_association(node, "SENDER");
    peer->send(data_pdu(1, kLastCommand, command(kStore, kCt, "1.2.9", DataSet::kFollows)));
    peer.reset();
    CHECK(has(log.line_with("event=association_broken"),
              "look in the log of the peer why it closed the connection"));
  }
  SUBCASE("a peer that violates the protocol") {
    const auto peer = open_association(node, "SENDER");
    peer->send(data_pdu(1, kLastData, "data"));
    CHECK(has(log.line_with("event=association_broken"), "report it to its vendor"));
  }
}
