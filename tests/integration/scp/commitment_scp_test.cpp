// Reports on storage commitment, as archives send them and as they should not.
#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "scp/commitment_report.h"
#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/raw_peer.h"
#include "tests/integration/scp/server_fixture.h"

using namespace hilum;
using namespace hilum::test;

namespace {

const std::string kClass(scp::kStorageCommitmentSopClass);
const std::string kInstance(scp::kStorageCommitmentInstance);
constexpr const char* kExplicit = "1.2.840.10008.1.2.1";
constexpr const char* kImplicit = "1.2.840.10008.1.2";
constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";

class Reports : public CommitmentSink {
 public:
  Status report_arrived(const CommitmentReport& report) override {
    const std::lock_guard lock(mutex_);
    if (error_) return *error_;
    taken_.push_back(report);
    return ok();
  }
  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  [[nodiscard]] std::vector<CommitmentReport> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::vector<CommitmentReport> taken_;
};

/// ARCHIVE takes results and sends nothing.
scp::ServerOptions options(CommitmentSink& reports) {
  auto with = ServerFixture::default_options();
  with.peers.push_back({"archive", ae("ARCHIVE"), "127.0.0.1", 104, false});
  with.virtual_titles = {{ae("HILUM_THIN"), *VirtualNode::parse("thin")}};
  with.reports = &reports;
  return with;
}

const std::string kScpRole = role_selection(kClass, ProposedRole::kScp);

/// An association of an archive, accepted.
std::unique_ptr<RawPeer> archive(const ServerFixture& node, const char* called = "HILUM") {
  auto peer = std::make_unique<RawPeer>(node.server->port());
  peer->send(associate_request("ARCHIVE", called, {{kClass, {kExplicit}}}, kScpRole));
  REQUIRE(peer->receive_pdu().substr(0, 1) == "\x02");
  return peer;
}

std::string report_data(const std::string& transaction = "2.25.9") {
  const std::string object =
      explicit_element(0x00081150, "UI", kCt) + explicit_element(0x00081155, "UI", "1.2.3.4");
  const std::string item = std::string("\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF", 8) + object +
                           std::string("\xFE\xFF\x0D\xE0\0\0\0\0", 8);
  return explicit_element(0x00081195, "UI", transaction) +
         std::string("\x08\x00\x99\x11SQ\0\0\xFF\xFF\xFF\xFF", 12) + item +
         std::string("\xFE\xFF\xDD\xE0\0\0\0\0", 8);
}

std::string answer_to(RawPeer& peer, const std::string& command, const std::string& data) {
  peer.send(data_pdu(1, kLastCommand, command));
  if (!data.empty()) peer.send(data_pdu(1, kLastData, data));
  return peer.receive_pdu();
}

const std::string kCommand = event_report(kClass, kInstance, 1, DataSet::kFollows);

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("commitment scp: a report is taken, and answered with all that Orthanc wants to see") {
  Reports reports;
  const ServerFixture node(options(reports));
  const char* called = "HILUM";
  SUBCASE("to the node") {}
  SUBCASE("to a virtual node") { called = "HILUM_THIN"; }
  auto peer = archive(node, called);
  const auto answer = answer_to(*peer, kCommand, report_data());
  CHECK(status_in(answer) == 0x0000);
  CHECK(has(answer, std::string("\0\0\x02\0", 4)));
  CHECK(has(answer, kClass));
  CHECK(has(answer, std::string("\0\0\0\x10", 4)));
  CHECK(has(answer, kInstance));
  CHECK(has(answer, std::string("\0\0\x02\x10\x02\0\0\0\x01\0", 10)));  // Event Type ID
  const auto taken = reports.taken();
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].transaction.str() == "2.25.9");
  REQUIRE(taken[0].committed.size() == 1);
  CHECK(taken[0].committed[0].str() == "1.2.3.4");
  // And the association goes on.
  CHECK(status_in(answer_to(*peer, kCommand, report_data("2.25.10"))) == 0x0000);
}

TEST_CASE("commitment scp: success is not answered before the report is durable") {
  Reports reports;
  reports.fail({ErrorCode::kNoSpace, "the database is full"});
  const ServerFixture node(options(reports));
  auto peer = archive(node);
  CHECK(status_in(answer_to(*peer, kCommand, report_data())) == 0x0110);
}

TEST_CASE("commitment scp: what is no report is answered by its status, and harms nobody") {
  Reports reports;
  const ServerFixture node(options(reports));
  auto peer = archive(node);
  const auto status = [&](const std::string& command, const std::string& data) {
    return status_in(answer_to(*peer, command, data));
  };
  const auto with_data = DataSet::kFollows;
  CHECK(status(event_report(kClass, "1.2.3", 1, with_data), report_data()) == 0x0112);
  CHECK(status(event_report(kClass, kInstance, 3, with_data), report_data()) == 0x0113);
  CHECK(status(event_report("1.2.3", kInstance, 1, with_data), report_data()) == 0x0118);
  CHECK(status(event_report(kClass, kInstance, 1, DataSet::kNone), "") == 0x0115);
  CHECK(status(kCommand, report_data().substr(0, 60)) == 0x0115);
  CHECK(status(kCommand, "x") == 0x0115);
  CHECK(status(kCommand, report_data("../x")) == 0x0115);
  // Malformed as a command: no UID, no event type.
  CHECK(status(event_report("", "", 1, with_data), report_data()) == 0x0211);
  // N-ACTION: we keep nothing for others.
  CHECK(status(command(0x0130, kClass, kInstance, with_data), report_data()) == 0x0211);
  CHECK(reports.taken().empty());
  CHECK(status(kCommand, report_data()) == 0x0000);
  CHECK(reports.taken().size() == 1);
}

TEST_CASE("commitment scp: reports have a size") {
  Reports reports;
  const ServerFixture node(options(reports));
  auto peer = archive(node);
  const std::string piece(16'000, '\0');
  const auto send_pieces = [&](std::size_t bytes) {
    peer->send(data_pdu(1, kLastCommand, kCommand));
    for (std::size_t sent = 0; sent < bytes; sent += piece.size()) {
      peer->send(data_pdu(1, kDataFragment, piece));
    }
  };
  SUBCASE("a little too large is answered") {
    send_pieces(scp::kMostReportBytes);
    peer->send(data_pdu(1, kLastData, piece));
    CHECK(status_in(peer->receive_pdu()) == 0x0213);
    CHECK(status_in(answer_to(*peer, kCommand, report_data())) == 0x0000);
  }
  SUBCASE("without end, ends the association") {
    send_pieces(17 * scp::kMostReportBytes);
    CHECK(peer->closed_within(std::chrono::seconds(10)));
    CHECK(reports.taken().empty());
  }
}

TEST_CASE("commitment scp: the roles of the requestor are answered as PS3.7 D.3.3.4 says") {
  Reports reports;
  const ServerFixture node(options(reports));
  const auto answer = [&](const std::string& role) {
    RawPeer peer(node.server->port());
    peer.send(associate_request("ARCHIVE", "HILUM", {{kClass, {kImplicit}}}, role));
    return peer.receive_pdu();
  };
  const auto accepted = [](const std::string& pdu) {
    const auto at = pdu.find(std::string("\x21\0", 2), 74);
    return at != std::string::npos && pdu[at + 6] == 0;
  };
  for (const ProposedRole role : {ProposedRole::kScp, ProposedRole::kBoth}) {
    const auto pdu = answer(role_selection(kClass, role));
    CHECK(accepted(pdu));
    CHECK(has(pdu, kScpRole));  // not the SCU
  }
  const auto silent = answer("");
  CHECK(accepted(silent));
  CHECK_FALSE(has(silent, std::string("\x54\0", 2)));
  CHECK_FALSE(accepted(answer(role_selection(kClass, ProposedRole::kScu))));
}

TEST_CASE("commitment scp: only peers are let in for it, and for nothing else with send = false") {
  Reports reports;
  auto with = options(reports);
  with.peer_check = scp::PeerCheck::kOff;
  const ServerFixture node(with);
  SUBCASE("a stranger where strangers may come: not for reports") {
    RawPeer peer(node.server->port());
    peer.send(associate_request("STRANGER", "HILUM", {{kClass, {kExplicit}}}, kScpRole));
    REQUIRE(peer.receive_pdu().substr(0, 1) == "\x02");
    CHECK(status_in(answer_to(peer, kCommand, report_data())) == 0x0211);
  }
  SUBCASE("in the context of something else it is no report") {
    RawPeer peer(node.server->port());
    peer.send(associate_request("ARCHIVE", "HILUM", {{kCt, {kExplicit}}}));
    REQUIRE(peer.receive_pdu().substr(0, 1) == "\x02");
    CHECK(status_in(answer_to(peer, kCommand, report_data())) == 0x0211);
  }
  CHECK(reports.taken().empty());
}

TEST_CASE("commitment scp: a peer that only takes results may not store") {
  Reports reports;
  const ServerFixture node(options(reports));
  RawPeer peer(node.server->port());
  peer.send(
      associate_request("ARCHIVE", "HILUM", {{kClass, {kExplicit}}, {kCt, {kExplicit}}}, kScpRole));
  CHECK(peer.receive_pdu().substr(0, 1) == "\x03");
}

TEST_CASE("commitment scp: reports are taken when everything is full") {
  Reports reports;
  auto with = options(reports);
  SUBCASE("of associations") {
    with.max_associations = 1;
    const ServerFixture node(with);
    RawPeer busy(node.server->port());
    busy.send(associate_request("SENDER", "HILUM", kCt));
    REQUIRE(busy.receive_pdu().substr(0, 1) == "\x02");
    CHECK(status_in(answer_to(*archive(node), kCommand, report_data())) == 0x0000);
  }
  SUBCASE("of files") {
    const ServerFixture node(with, {.root = {}, .keep_free_bytes = std::uint64_t{1} << 60U});
    RawPeer refused(node.server->port());
    refused.send(associate_request("SENDER", "HILUM", kCt));
    REQUIRE(refused.receive_pdu().substr(0, 1) == "\x03");
    CHECK(status_in(answer_to(*archive(node), kCommand, report_data())) == 0x0000);
  }
  CHECK(reports.taken().size() == 1);
}

TEST_CASE("commitment scp: a node that takes no reports does not accept the class") {
  Reports reports;
  auto with = options(reports);
  with.reports = nullptr;
  const ServerFixture node(with);
  auto peer = archive(node);
  CHECK(status_in(answer_to(*peer, kCommand, report_data())) == 0x0211);
}
