// What destinations get: by their viewer profiles, and only after somebody has looked at a result
// that is to be held.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "dicomseg/ct_reader.h"
#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_reader.h"
#include "tests/integration/e2e/marked_ct.h"
#include "tests/integration/e2e/node_fixture.h"
#include "tests/integration/e2e/sent_ct.h"
#include "tests/support/process.h"
#include "tests/support/store_peer.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const ViewerProfile kFull{.name = "full",
                          .segmentation = ViewerProfile::Segmentation::kLabelMap,
                          .report = ViewerProfile::Report::kSr,
                          .pictures = ViewerProfile::Pictures::kMultiFrame};

/// The only job, once it is in this state; any other end fails the test.
Job job_in(NodeFixture& node, JobState wanted) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto jobs = *node.store().jobs(std::nullopt, 10);
    if (jobs.size() == 1 && jobs[0].state == wanted) return jobs[0];
    if (!jobs.empty() && jobs[0].state == JobState::kFailed) FAIL(jobs[0].message);
    std::this_thread::sleep_for(50ms);
  }
  FAIL("no job is ", to_string(wanted));
  return *node.store().job(0);
}

std::vector<std::string> sop_classes(const StorePeer& peer) {
  std::vector<std::string> classes;
  for (const auto& file : peer.received()) {
    Process dump({"dcmdump", "-q", "-Un", "+P", "SOPClassUID", file.string()});
    REQUIRE(dump.wait(30s) == 0);
    const std::string line = dump.output();
    const auto begin = line.find('[');
    REQUIRE(begin != std::string::npos);
    classes.push_back(line.substr(begin + 1, line.find(']') - begin - 1));
  }
  std::ranges::sort(classes);
  return classes;
}

constexpr const char* kSeg = "1.2.840.10008.5.1.4.1.1.66.4";
constexpr const char* kLabelMap = "1.2.840.10008.5.1.4.1.1.66.7";
constexpr const char* kPictures = "1.2.840.10008.5.1.4.1.1.7.4";
constexpr const char* kReport = "1.2.840.10008.5.1.4.1.1.88.34";

Peer reading_room(std::uint16_t port) {
  Peer peer{
      .name = "reading", .ae_title = *AeTitle::parse("ROOM"), .host = "127.0.0.1", .port = port};
  peer.profile = kFull.name;
  return peer;
}

}  // namespace

TEST_CASE("profiles: each destination gets the objects of its own, with the same voxels") {
  const TempDir dir;
  const StorePeer pacs(dir / "pacs");
  const StorePeer reading(dir / "reading", {"-pm"});  // storescp does not know label maps
  const SentCt sent = write_marked_ct(placements().front(), "ct", dir);
  NodeFixture node("PACS", pacs.port, 0, [&](config::Config& config) {
    config.profiles.push_back(kFull);
    config.peers.push_back(reading_room(reading.port));
    config.results.destinations = {"pacs", "reading"};
  });
  storescu(NodeFixture::kSender, NodeFixture::kAeTitle, node.port(), sent.directory);
  job_in(node, JobState::kDelivered);
  CHECK(sop_classes(pacs) == std::vector<std::string>{kSeg});
  CHECK(sop_classes(reading) == std::vector<std::string>{kLabelMap, kPictures, kReport});

  const auto seg = dicomseg::read_seg(pacs.received().front());
  REQUIRE_MESSAGE(seg.has_value(), (seg ? "" : seg.error().message));
  const auto ct = dicomseg::CtReader{}.read(sent.files, {});
  REQUIRE(ct);
  const auto expected = dicomseg::place_on(*seg, *ct);
  REQUIRE(expected);
  bool compared = false;
  for (const auto& file : reading.received()) {
    const auto map = dicomseg::read_seg(file);
    if (!map) continue;
    CHECK(map->sop != seg->sop);
    CHECK(dicomseg::place_on(*map, *ct)->label == expected->label);
    compared = true;
  }
  CHECK(compared);
}

TEST_CASE("profiles: what a PACS refuses does not keep back what it takes") {
  const TempDir dir;
  write_file(dir / "contexts.cfg",
             "[[TransferSyntaxes]]\n[Plain]\nTransferSyntax1 = LittleEndianExplicit\n"
             "[[PresentationContexts]]\n[Few]\nPresentationContext1 = SegmentationStorage\\Plain\n"
             "PresentationContext2 = MultiframeTrueColorSecondaryCaptureImageStorage\\Plain\n"
             "[[Profiles]]\n[Default]\nPresentationContexts = Few\n");
  const StorePeer pacs(dir / "pacs", {"-xf", (dir / "contexts.cfg").string(), "Default"});
  const SentCt sent = write_marked_ct(placements().front(), "ct", dir);
  NodeFixture node("PACS", pacs.port, 0, [&](config::Config& config) {
    ViewerProfile profile = kFull;
    profile.segmentation = ViewerProfile::Segmentation::kBinary;
    config.profiles.push_back(profile);
    config.peers.front().profile = profile.name;
  });
  storescu(NodeFixture::kSender, NodeFixture::kAeTitle, node.port(), sent.directory);
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  std::vector<Job> failed;
  while (failed.empty() && std::chrono::steady_clock::now() < deadline) {
    failed = *node.store().jobs(JobState::kFailed, 10);
    std::this_thread::sleep_for(50ms);
  }
  REQUIRE(failed.size() == 1);
  CAPTURE(failed[0].message);
  CHECK(failed[0].message.find(kReport) != std::string::npos);
  CHECK(failed[0].message.find("profile") != std::string::npos);
  CHECK(sop_classes(pacs) == std::vector<std::string>{kSeg, kPictures});
}

TEST_CASE("profiles: a doubtful result is held, survives a restart, and goes when released") {
  const TempDir dir;
  const StorePeer pacs(dir / "pacs");
  Volume blank = make_marked_ct(placements().front()).volume;
  std::ranges::fill(blank.hu, std::int16_t{0});  // no voxel of any class
  fs::create_directories(dir / "ct");
  REQUIRE(dicomseg::write_ct_series(blank, {}, dir / "ct"));
  NodeFixture node("PACS", pacs.port, 0, [](config::Config& config) {
    config.results.hold = {DoubtKind::kNothingFound};
  });
  storescu(NodeFixture::kSender, NodeFixture::kAeTitle, node.port(), dir / "ct");
  const Job held = job_in(node, JobState::kHeld);
  CHECK(held.message.find("No vessel was found") != std::string::npos);
  CHECK(fs::exists(node.storage() / "results" / node.object_of(held).file));
  node.stop();
  node.start();
  std::this_thread::sleep_for(500ms);
  CHECK(pacs.files() == 0);
  REQUIRE(node.store().release_job(held.id, Time(std::chrono::milliseconds(1))));
  job_in(node, JobState::kDelivered);
  CHECK(pacs.files() == 1);
}
