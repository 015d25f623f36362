// The whole path with real peers: CT in by C-STORE, the very voxels that were marked out again, in
// patient coordinates, in the SEG that arrived in a PACS.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_reader.h"
#include "tests/integration/e2e/marked_ct.h"
#include "tests/integration/e2e/node_fixture.h"
#include "tests/support/orthanc.h"
#include "tests/support/process.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kNodeAe = "HILUM";

struct SentCt {
  MarkedCt ct;
  std::string study;
  std::filesystem::path directory;
};

/// Writes a marked CT with UIDs of its own below `dir`.
SentCt write_marked_ct(const Placement& placement, const std::string& seed, const TempDir& dir) {
  SentCt sent{make_marked_ct(placement), derived_uid("study " + seed), dir / seed};
  std::filesystem::create_directories(sent.directory);
  dicomseg::CtSeriesOptions options;
  options.seed = seed;
  options.study = *StudyUid::parse(sent.study);
  options.numbering = dicomseg::CtSeriesOptions::Numbering::kShuffled;
  const auto written = dicomseg::write_ct_series(sent.ct.volume, options, sent.directory);
  REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.error().message));
  return sent;
}

void run_tool(std::vector<std::string> argv) {
  Process tool(std::move(argv));
  const auto status = tool.wait(60s);
  INFO(tool.output());
  REQUIRE(status == 0);
}

void storescu(const std::string& aet, const std::string& aec, std::uint16_t port,
              const std::filesystem::path& directory) {
  run_tool({"storescu", "-aet", aet, "-aec", aec, "+sd", "127.0.0.1", fmt::to_string(port),
            directory.string()});
}

/// Asks the PACS to move a study to the node, as a PACS user or a routing rule does.
void movescu(const std::string& pacs_ae, std::uint16_t pacs_port, const std::string& study) {
  run_tool({"movescu", "-aet", NodeFixture::kSender, "-aec", pacs_ae, "-aem", kNodeAe, "-S", "-k",
            "0008,0052=STUDY", "-k", "0020,000D=" + study, "127.0.0.1", fmt::to_string(pacs_port)});
}

void check_seg(const std::filesystem::path& file, const SentCt& sent) {
  const auto seg = dicomseg::read_seg(file);
  REQUIRE_MESSAGE(seg.has_value(), (seg ? "" : seg.error().message));
  CHECK(seg->study == sent.study);
  CHECK(seg->segments.size() == 4);
  const auto found = points_of(*seg);
  CHECK(found.size() == sent.ct.points.size());
  CHECK(same_points(found, sent.ct.points));
}

void check_delivered(const Orthanc& pacs, const SentCt& sent, NodeFixture& node,
                     const TempDir& dir) {
  const auto segs = pacs.wait_for_instances("SEG", sent.study);
  if (segs.empty()) {
    const auto jobs = node.store().jobs(std::nullopt, 10);
    for (const auto& job : *jobs) MESSAGE(to_string(job.state), " ", job.message);
  }
  REQUIRE(segs.size() == 1);
  pacs.download(segs.front(), dir / "seg.dcm");
  check_seg(dir / "seg.dcm", sent);
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
  const std::uint16_t pacs_port = free_port();
  const auto storage = dir / "pacs";
  std::filesystem::create_directories(storage);
  write_file(dir / "dcmqrscp.cfg",
             fmt::format("NetworkTCPPort = {}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
                         "HostTable BEGIN\nnode = ({}, 127.0.0.1, {})\nHostTable END\n"
                         "VendorTable BEGIN\nVendorTable END\n"
                         "AETable BEGIN\nQRPACS {} RW (100, 1024mb) ANY\nAETable END\n",
                         pacs_port, kNodeAe, node_port, storage.string()));
  Process pacs({"dcmqrscp", "-c", (dir / "dcmqrscp.cfg").string()});
  REQUIRE(wait_for_port(pacs_port));
  NodeFixture node("QRPACS", pacs_port, node_port);

  const SentCt sent = write_marked_ct(placements().at(3), "qrscp", dir);
  storescu(NodeFixture::kSender, "QRPACS", pacs_port, sent.directory);
  movescu("QRPACS", pacs_port, sent.study);

  // dcmqrscp names its files MODALITY_hash.
  std::filesystem::path seg;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  bool delivered = false;
  while (!delivered && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(100ms);
    const auto jobs = node.store().jobs(JobState::kDelivered, 10);
    delivered = jobs.has_value() && !jobs->empty();
  }
  REQUIRE(delivered);
  for (const auto& entry : std::filesystem::directory_iterator(storage)) {
    if (const auto found = dicomseg::read_seg(entry.path()); found) seg = entry.path();
  }
  REQUIRE_FALSE(seg.empty());
  check_seg(seg, sent);
}
