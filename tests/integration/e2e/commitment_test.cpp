// Results that are delivered when their destination has confirmed that it keeps them: with Orthanc,
// which reports on associations of its own, with an archive that does whatever archives do on ours,
// and with peers that do nothing of it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/e2e/marked_ct.h"
#include "tests/integration/e2e/node_fixture.h"
#include "tests/integration/e2e/sent_ct.h"
#include "tests/support/certificates.h"
#include "tests/support/eventually.h"
#include "tests/support/log_capture.h"
#include "tests/support/orthanc.h"
#include "tests/support/process.h"
#include "tests/support/qr_pacs.h"
#include "tests/support/scripted_archive.h"
#include "tests/support/store_peer.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

/// A segmentation and a report.
const ViewerProfile kTwoObjects{.name = "two", .report = ViewerProfile::Report::kSr};

NodeFixture::Change commits(CommitmentMode mode) {
  return [mode](config::Config& config) {
    config.peers.front().commitment = mode;
    config.peers.front().profile = kTwoObjects.name;
    config.peers.front().may_send = false;  // it only takes results, and yet it reports
    config.profiles.push_back(kTwoObjects);
  };
}

void send_ct(NodeFixture& node, const TempDir& dir) {
  const SentCt sent = write_marked_ct(placements().front(), "ct", dir);
  storescu(NodeFixture::kSender, NodeFixture::kAeTitle, node.port(), sent.directory);
}

/// The only delivery, once it is in this state.
Delivery delivery_in(NodeFixture& node, DeliveryState wanted) {
  Delivery found;
  const bool there = eventually([&] {
    const auto jobs = *node.store().jobs(std::nullopt, 10);
    if (jobs.size() != 1) return false;
    const auto deliveries = *node.store().deliveries_of(jobs[0].id);
    if (deliveries.size() != 1) return false;
    found = deliveries[0];
    return found.state == wanted;
  });
  INFO("the delivery is ", to_string(found.state), ": ", found.message);
  REQUIRE_MESSAGE(there, to_string(wanted));
  return found;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool reported_with_success(const Orthanc& pacs) {
  return eventually([&] {
    const auto jobs = pacs.jobs();
    return has(jobs, "StorageCommitmentScp") && has(jobs, R"("State" : "Success")");
  });
}

}  // namespace

TEST_CASE(
    "commitment: Orthanc reports on an association of its own, and is content with the answer") {
  const TempDir dir;
  const std::uint16_t port = free_port();
  const Orthanc pacs({{NodeFixture::kAeTitle, port}});
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port(), port, commits(CommitmentMode::kRequired));
  send_ct(node, dir);
  const Delivery delivered = delivery_in(node, DeliveryState::kDelivered);
  CHECK(delivered.confirmed == 2);
  CHECK(delivered.files.empty());
  CHECK(delivered.attempt == 1);
  CHECK(node.store().job(delivered.job)->state == JobState::kDelivered);
  CHECK(reported_with_success(pacs));
}

TEST_CASE("commitment: what Orthanc does not have is sent again, and nothing else") {
  const TempDir dir;
  const std::uint16_t port = free_port();
  // It answers the first segmentation with success and drops it.
  const Orthanc pacs({{NodeFixture::kAeTitle, port}}, {}, R"(
dropped = false
function ReceivedInstanceFilter(dicom, origin, info)
  if dicom.Modality == 'SEG' and not dropped then
    dropped = true
    return false
  end
  return true
end)");
  const LogCapture log;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port(), port, commits(CommitmentMode::kRequired));
  send_ct(node, dir);
  const Delivery delivered = delivery_in(node, DeliveryState::kDelivered);
  CHECK(delivered.attempt == 2);
  CHECK(delivered.confirmed == 2);
  CHECK(pacs.instances("SEG").size() == 1);
  CHECK(pacs.instances("SR").size() == 1);
  CHECK(has(log.line_with("event=not_committed"), "no such object instance (0112): 1"));
  CHECK(occurrences(log.text(), "event=instance_sent") == 3);  // two, and one of them again
  CHECK(occurrences(log.text(), "event=commitment_requested") == 2);
}

TEST_CASE("commitment: a node that is restarted before the report takes it") {
  const TempDir dir;
  const std::uint16_t port = free_port();
  const Orthanc pacs({{NodeFixture::kAeTitle, port}});
  // Orthanc knows another port, so its report finds nobody.
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port(), 0, commits(CommitmentMode::kRequired));
  send_ct(node, dir);
  REQUIRE(eventually([&] { return has(pacs.jobs(), R"("State" : "Failure")"); }));
  REQUIRE(
      eventually([&] { return delivery_in(node, DeliveryState::kStored).not_before.has_value(); }));
  node.stop();
  node.start([port](config::Config& config) {
    commits(CommitmentMode::kRequired)(config);
    config.node.port = port;
  });
  CHECK(delivery_in(node, DeliveryState::kStored).confirmed == 0);
  pacs.resubmit(pacs.job_ids().at(0));
  CHECK(delivery_in(node, DeliveryState::kDelivered).confirmed == 2);
  CHECK(reported_with_success(pacs));
}

TEST_CASE("commitment: request and report go through TLS as all else does") {
  const TempDir dir;
  const TestAuthority authority(dir.path(), "Clinic CA");
  const auto hilum = authority.issue("hilum");
  const config::TlsConfig tls{.port = free_port(),
                              .certificate = hilum.certificate,
                              .private_key = hilum.key,
                              .authorities = authority.certificate()};
  const Orthanc pacs({{NodeFixture::kAeTitle, tls.port}},
                     Orthanc::Tls{authority.issue("pacs"), authority.certificate()});
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port(), free_port(), [&](config::Config& config) {
    commits(CommitmentMode::kRequired)(config);
    config.tls = tls;
    config.peers.front().tls = true;
  });
  send_ct(node, dir);
  CHECK(delivery_in(node, DeliveryState::kDelivered).confirmed == 2);
  CHECK(reported_with_success(pacs));
}

TEST_CASE("commitment: an archive may report as it likes on our association") {
  const TempDir dir;
  std::string report;
  SUBCASE("after its answer") { report = "same"; }
  SUBCASE("before its answer") { report = "before"; }
  SUBCASE("twice") { report = "twice"; }
  SUBCASE("on a transaction that nobody knows, and then on ours") { report = "unknown"; }
  CAPTURE(report);
  const ScriptedArchive archive(report);
  NodeFixture node(ScriptedArchive::kAeTitle, archive.port(), 0,
                   commits(CommitmentMode::kRequired));
  send_ct(node, dir);
  const Delivery delivered = delivery_in(node, DeliveryState::kDelivered);
  CHECK(delivered.attempt == 1);
  CHECK(delivered.confirmed == 2);
  const std::size_t reports = report == "same" || report == "before" ? 1 : 2;
  CHECK(eventually([&] { return archive.lines_with("report ").size() == reports; }));
  for (const auto& line : archive.lines_with("report ")) {
    CHECK_MESSAGE(line.ends_with(" was answered 0000"), line);
  }
  CHECK(archive.lines_with("requested ").size() == 1);
}

TEST_CASE("commitment: what an archive misses is sent again on its report") {
  const TempDir dir;
  const ScriptedArchive archive("same", {"0000", "2"});
  NodeFixture node(ScriptedArchive::kAeTitle, archive.port(), 0,
                   commits(CommitmentMode::kRequired));
  send_ct(node, dir);
  CHECK(delivery_in(node, DeliveryState::kDelivered).attempt == 3);
  CHECK(archive.lines_with("stored ").size() == 4);
  const auto requests = archive.lines_with("requested ");
  REQUIRE(requests.size() == 3);
  CHECK(std::ranges::count(requests[0], ' ') == 2);  // two objects behind the transaction
  CHECK(std::ranges::count(requests[1], ' ') == 1);
  CHECK(std::ranges::count(requests[2], ' ') == 1);
  CHECK(requests[1].substr(0, requests[1].find(' ')) !=
        requests[2].substr(0, requests[2].find(' ')));
}

TEST_CASE("commitment: an archive that never reports is asked again, and given up") {
  const TempDir dir;
  const ScriptedArchive archive("never");
  NodeFixture node(ScriptedArchive::kAeTitle, archive.port(), 0, [](config::Config& config) {
    commits(CommitmentMode::kRequired)(config);
    config.commitment = {.report_wait = 0s, .report_deadline = 1s, .attempts = 2};
  });
  send_ct(node, dir);
  const Delivery failed = delivery_in(node, DeliveryState::kFailed);
  CHECK(archive.lines_with("requested ").size() == 2);
  CHECK(archive.lines_with("stored ").size() == 2);
  CHECK(has(failed.message, "has not reported on 2 requests"));
  CHECK(has(failed.message, "DicomModalities"));
  CHECK(node.store().job(failed.job)->state == JobState::kFailed);
}

TEST_CASE("commitment: a peer without it is taken at its word, or is not enough") {
  const TempDir dir;
  const StorePeer storescp(dir / "pacs");
  NodeFixture::Change change;
  DeliveryState end = DeliveryState::kDelivered;
  SUBCASE("if it is supported") { change = commits(CommitmentMode::kIfSupported); }
  SUBCASE("when it is required") {
    change = commits(CommitmentMode::kRequired);
    end = DeliveryState::kFailed;
  }
  NodeFixture node("PACS", storescp.port, 0, change);
  send_ct(node, dir);
  const Delivery delivery = delivery_in(node, end);
  CHECK(storescp.files() == 2);
  CHECK(has(delivery.message, "does not do Storage Commitment"));
  CHECK(has(delivery.message, "if-supported") == (end == DeliveryState::kFailed));
}

TEST_CASE("commitment: so is dcmqrscp, and an archive that says so itself") {
  const TempDir dir;
  SUBCASE("dcmqrscp") {
    const QrPacs pacs(NodeFixture::kAeTitle, free_port());
    NodeFixture node(QrPacs::kAeTitle, pacs.port(), 0, commits(CommitmentMode::kIfSupported));
    send_ct(node, dir);
    CHECK(has(delivery_in(node, DeliveryState::kDelivered).message, "not confirmed"));
  }
  for (const char* answer : {"0211", "0118", "none"}) {
    SUBCASE(answer) {
      const ScriptedArchive archive("same", {answer});
      NodeFixture node(ScriptedArchive::kAeTitle, archive.port(), 0,
                       commits(CommitmentMode::kIfSupported));
      send_ct(node, dir);
      CHECK(has(delivery_in(node, DeliveryState::kDelivered).message, "not confirmed"));
    }
  }
}

TEST_CASE("commitment: other refusals are tried again") {
  const TempDir dir;
  const ScriptedArchive archive("same", {"0110"});
  NodeFixture node(ScriptedArchive::kAeTitle, archive.port(), 0,
                   commits(CommitmentMode::kIfSupported));
  send_ct(node, dir);
  CHECK(eventually([&] { return archive.lines_with("requested ").size() >= 2; }));
  const Delivery stored = delivery_in(node, DeliveryState::kStored);
  CHECK(has(stored.message, "0110 (processing failure)"));
}

TEST_CASE("commitment: a result of a virtual node is confirmed by its own AE title") {
  const TempDir dir;
  const std::uint16_t port = free_port();
  const Orthanc pacs({{"HILUM_THIN", port}});
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port(), port, [](config::Config& config) {
    commits(CommitmentMode::kRequired)(config);
    config.virtual_nodes.push_back({.ae_title = *AeTitle::parse("HILUM_THIN"),
                                    .node = *VirtualNode::parse("thin"),
                                    .destinations = {"pacs"},
                                    .series_number = 9002,
                                    .rules = config.rules});
  });
  const SentCt sent = write_marked_ct(placements().front(), "ct", dir);
  storescu(NodeFixture::kSender, "HILUM_THIN", node.port(), sent.directory);
  CHECK(delivery_in(node, DeliveryState::kDelivered).confirmed == 2);
  CHECK(reported_with_success(pacs));
}
