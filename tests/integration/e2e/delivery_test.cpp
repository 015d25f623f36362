// The whole path with real peers: CT in by C-STORE, the very voxels that were marked out again, in
// patient coordinates, in the SEG that arrived in a PACS.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "dicomseg/seg_reader.h"
#include "tests/integration/e2e/node_fixture.h"
#include "tests/integration/e2e/sent_ct.h"
#include "tests/support/certificates.h"
#include "tests/support/orthanc.h"
#include "tests/support/process.h"
#include "tests/support/qr_pacs.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kNodeAe = NodeFixture::kAeTitle;

/// Asks the PACS to move a study to the node, as a PACS user or a routing rule does.
void movescu(const std::string& pacs_ae, std::uint16_t pacs_port, const std::string& study) {
  run_tool({"movescu", "-aet", NodeFixture::kSender, "-aec", pacs_ae, "-aem", kNodeAe, "-S", "-k",
            "0008,0052=STUDY", "-k", "0020,000D=" + study, "127.0.0.1", fmt::to_string(pacs_port)});
}

}  // namespace

TEST_CASE(
    "end to end: storescu sends, Orthanc gets exactly the marked voxels, however the CT lies") {
  const TempDir dir;
  const Orthanc pacs;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port());
  for (const Placement& placement : placements()) {
    CAPTURE(placement.name);
    const SentCt sent = write_marked_ct(placement, placement.name, dir);
    storescu(NodeFixture::kSender, kNodeAe, node.port(), sent.directory);
    check_delivered(pacs, sent, node, dir);
  }
}

TEST_CASE("end to end: dcmsend sends, Orthanc gets the SEG") {
  const TempDir dir;
  const Orthanc pacs;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port());
  const SentCt sent = write_marked_ct(placements().front(), "dcmsend", dir);
  run_tool({"dcmsend", "-aet", NodeFixture::kSender, "-aec", kNodeAe, "+sd", "127.0.0.1",
            fmt::to_string(node.port()), sent.directory.string()});
  check_delivered(pacs, sent, node, dir);
}

TEST_CASE("end to end: all of it through TLS, with certificates on both sides") {
  const TempDir dir;
  const TestAuthority authority(dir.path(), "Clinic CA");
  const auto hilum = authority.issue("hilum");
  const auto scanner = authority.issue("scanner");
  const Orthanc pacs({}, Orthanc::Tls{authority.issue("pacs"), authority.certificate()});
  const config::TlsConfig tls{.port = free_port(),
                              .certificate = hilum.certificate,
                              .private_key = hilum.key,
                              .authorities = authority.certificate()};
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port(), 0, [tls](config::Config& config) {
    config.tls = tls;
    for (Peer& peer : config.peers) peer.tls = true;
  });
  CHECK(node.port() == 0);
  const SentCt sent = write_marked_ct(placements().front(), "tls", dir);
  run_tool({"storescu", "-aet", NodeFixture::kSender, "-aec", kNodeAe, "+tls", scanner.key.string(),
            scanner.certificate.string(), "+cf", authority.certificate().string(), "+sd",
            "127.0.0.1", fmt::to_string(tls.port), sent.directory.string()});
  check_delivered(pacs, sent, node, dir);
}

TEST_CASE("end to end: Orthanc, asked by movescu, sends to the node and gets the SEG back") {
  const TempDir dir;
  const std::uint16_t node_port = free_port();
  // Orthanc moves only for application entities it knows.
  const Orthanc pacs({{kNodeAe, node_port}, {NodeFixture::kSender, free_port()}});
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port(), node_port);
  const SentCt sent = write_marked_ct(placements().at(2), "moved", dir);
  storescu(NodeFixture::kSender, Orthanc::kAeTitle, pacs.dicom_port(), sent.directory);
  movescu(Orthanc::kAeTitle, pacs.dicom_port(), sent.study);
  check_delivered(pacs, sent, node, dir);
}

TEST_CASE("end to end: dcmqrscp, a second kind of PACS, sends to the node and gets the SEG back") {
  const TempDir dir;
  const std::uint16_t node_port = free_port();
  const QrPacs pacs(kNodeAe, node_port);
  NodeFixture node(QrPacs::kAeTitle, pacs.port(), node_port);

  const SentCt sent = write_marked_ct(placements().at(3), "qrscp", dir);
  storescu(NodeFixture::kSender, QrPacs::kAeTitle, pacs.port(), sent.directory);
  movescu(QrPacs::kAeTitle, pacs.port(), sent.study);

  std::filesystem::path seg;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  bool delivered = false;
  while (!delivered && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(100ms);
    const auto jobs = node.store().jobs(JobState::kDelivered, 10);
    delivered = jobs.has_value() && !jobs->empty();
  }
  REQUIRE(delivered);
  for (const auto& entry : std::filesystem::directory_iterator(pacs.storage())) {
    if (const auto found = dicomseg::read_seg(entry.path()); found) seg = entry.path();
  }
  REQUIRE_FALSE(seg.empty());
  check_seg(seg, sent);
}
