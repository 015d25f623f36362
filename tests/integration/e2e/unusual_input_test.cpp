// What a hospital sends besides a perfect CT, and what can be wrong around it: a clear reason is on
// the series or the job, nothing is lost, the node stays up.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_reader.h"
#include "tests/integration/e2e/marked_ct.h"
#include "tests/integration/e2e/node_fixture.h"
#include "tests/support/eventually.h"
#include "tests/support/orthanc.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> write_ct(const fs::path& directory, const std::string& study) {
  fs::create_directories(directory);
  dicomseg::CtSeriesOptions options;
  options.seed = study;
  options.study = *StudyUid::parse(study);
  auto files =
      dicomseg::write_ct_series(make_marked_ct(placements().front()).volume, options, directory);
  REQUIRE_MESSAGE(files.has_value(), (files ? "" : files.error().message));
  return *files;
}

void send(const NodeFixture& node, const std::vector<fs::path>& files,
          const std::vector<std::string>& options = {}) {
  std::vector<std::string> argv{
      "storescu", "-aet", NodeFixture::kSender, "-aec",
      "HILUM",    "-R",   "127.0.0.1",          fmt::to_string(node.port())};
  argv.insert(argv.begin() + 1, options.begin(), options.end());
  for (const auto& file : files) argv.push_back(file.string());
  Process tool(std::move(argv));
  const auto status = tool.wait(60s);
  INFO(tool.output());
  REQUIRE(status == 0);
}

std::vector<Job> jobs_in(NodeFixture& node, JobState state) {
  return node.store().jobs(state, 100).value_or({});
}

/// The reason why the only series of `study` was not segmented, once there is one.
std::string reason_for(NodeFixture& node, const std::string& study) {
  std::string reason;
  (void)eventually([&] {
    for (const SeriesSummary& series : node.store().series(100).value_or({})) {
      if (series.key.study.str() == study) reason = series.not_segmented;
    }
    return !reason.empty();
  });
  return reason;
}

/// A structured report as a scanner sends it along with its images.
fs::path write_dose_report(const TempDir& dir, const std::string& study) {
  write_file(dir / "report.dump", fmt::format("(0008,0016) UI [1.2.840.10008.5.1.4.1.1.88.67]\n"
                                              "(0008,0018) UI [{0}.9.1]\n(0008,0060) CS [SR]\n"
                                              "(0020,000d) UI [{0}]\n(0020,000e) UI [{0}.9]\n",
                                              study));
  const auto file = dir / "report.dcm";
  Process dump2dcm({"dump2dcm", "+te", (dir / "report.dump").string(), file.string()});
  const auto status = dump2dcm.wait();
  INFO(dump2dcm.output());
  REQUIRE(status == 0);
  return file;
}

}  // namespace

TEST_CASE(
    "unusual input: a dose report is stored, says why it is not segmented, and harms nothing") {
  const TempDir dir;
  const Orthanc pacs;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port());
  auto files = write_ct(dir / "ct", "1.2.3.1");
  const auto report = write_dose_report(dir, "1.2.3.7");
  send(node, {report});
  send(node, files);
  CHECK(reason_for(node, "1.2.3.7") == "modality is SR; rules.modality allows CT");
  CHECK(pacs.wait_for_instances("SEG", "1.2.3.1").size() == 1);
}

TEST_CASE("unusual input: a CT in JPEG 2000 is segmented, in what cannot be decoded not accepted") {
  const TempDir dir;
  const Orthanc pacs;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port());
  auto files = write_ct(dir / "ct", "1.2.3.90");
  for (const auto& file : files) {
    const std::string compressed = file.string() + ".j2k";
    Process gdcmconv({"gdcmconv", "--j2k", file.string(), compressed});
    if (const auto status = gdcmconv.wait(); status != 0) {
      MESSAGE("skipped: gdcmconv is not installed");
      return;
    }
    fs::rename(compressed, file);
  }
  send(node, files, {"-xv"});
  const auto segs = pacs.wait_for_instances("SEG", "1.2.3.90");
  REQUIRE(segs.size() == 1);
  pacs.download(segs.front(), dir / "seg.dcm");
  const auto seg = dicomseg::read_seg(dir / "seg.dcm");
  REQUIRE(seg.has_value());
  CHECK(same_points(points_of(*seg), make_marked_ct(placements().front()).points));

  // Its bytes would never be read: the sender is told while it can still take another syntax.
  Process mpeg({"storescu", "-aet", NodeFixture::kSender, "-aec", "HILUM", "-R", "-xm", "127.0.0.1",
                fmt::to_string(node.port()), files.front().string()});
  CHECK(mpeg.wait(60s) != 0);
  CHECK(mpeg.output().find("No Acceptable Presentation Contexts") != std::string::npos);
}

TEST_CASE("unusual input: a single slice is stored and refused in words") {
  const TempDir dir;
  NodeFixture node("NOBODY", free_port());
  send(node, {write_ct(dir / "ct", "1.2.3.2").front()});
  CHECK(reason_for(node, "1.2.3.2") == "1 slice, rules.min_slices is 20");
}

TEST_CASE("unusual input: 2 000 slices are a large series like any other") {
  const TempDir dir;
  const Orthanc pacs;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port());
  Volume volume;
  volume.geometry.size = {2000, 128, 128};
  volume.geometry.voxel_to_lps = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.2, 0, 0, 0, 0, 1};
  volume.hu.assign(volume.geometry.voxel_count(), -800);
  volume.hu[volume.geometry.index(1999, 100, 7)] = MarkerSegmenter::kMarkerHu + 3;
  dicomseg::CtSeriesOptions options;
  options.study = *StudyUid::parse("1.2.3.2000");
  fs::create_directories(dir / "ct");
  const auto files = dicomseg::write_ct_series(volume, options, dir / "ct");
  REQUIRE(files.has_value());
  send(node, *files);
  const auto segs = pacs.wait_for_instances("SEG", "1.2.3.2000");
  REQUIRE(segs.size() == 1);
  pacs.download(segs.front(), dir / "seg.dcm");
  const auto seg = dicomseg::read_seg(dir / "seg.dcm");
  REQUIRE(seg.has_value());
  const auto points = points_of(*seg);
  REQUIRE(points.size() == 1);
  CHECK(same_points(points, {{3, {7, 100, 399.8}}}));
}

TEST_CASE("unusual input: a missing slice is bridged, and the result in the PACS says so") {
  const TempDir dir;
  const Orthanc pacs;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port());
  auto files = write_ct(dir / "ct", "1.2.3.3");
  files.erase(files.begin() + 10);
  send(node, files);
  const auto found = pacs.wait_for_instances("SEG", "1.2.3.3");
  REQUIRE(found.size() == 1);
  pacs.download(found.front(), dir / "seg.dcm");
  const auto seg = dicomseg::read_seg(dir / "seg.dcm");
  REQUIRE_MESSAGE(seg, seg.error().message);
  CHECK(seg->referenced_instances.size() == files.size());
  CHECK(read_file(dir / "seg.dcm").find("1 slice is missing") != std::string::npos);
}

TEST_CASE("unusual input: a gap that is too long fails the job with its place, input kept") {
  const TempDir dir;
  NodeFixture node("NOBODY", free_port());
  auto files = write_ct(dir / "ct", "1.2.3.3");
  files.erase(files.begin() + 8, files.begin() + 12);
  send(node, files);
  REQUIRE(eventually([&] { return !jobs_in(node, JobState::kFailed).empty(); }));
  const Job job = jobs_in(node, JobState::kFailed).front();
  CHECK(job.message.find("4 slices missing") != std::string::npos);
  CHECK(node.store().instances_of(job.series)->size() == files.size());
}

TEST_CASE("unusual input: while the PACS is down the result waits, then arrives once") {
  const TempDir dir;
  const std::uint16_t pacs_port = free_port();
  NodeFixture node("LATEPACS", pacs_port);
  send(node, write_ct(dir / "ct", "1.2.3.4"));
  REQUIRE(eventually([&] {
    const auto encoded = jobs_in(node, JobState::kEncoded);
    if (encoded.empty()) return false;
    const auto deliveries = node.store().deliveries_of(encoded.front().id);
    return deliveries->front().attempt >= 1 && !deliveries->front().message.empty();
  }));
  const auto waiting = node.store().deliveries_of(jobs_in(node, JobState::kEncoded).front().id);
  CHECK(waiting->front().message.find(fmt::format("127.0.0.1:{}", pacs_port)) != std::string::npos);

  fs::create_directories(dir / "received");
  Process pacs({"storescp", "-aet", "LATEPACS", "-od", (dir / "received").string(),
                fmt::to_string(pacs_port)});
  REQUIRE(eventually([&] { return !jobs_in(node, JobState::kDelivered).empty(); }, 60s));
  const auto received = std::distance(fs::directory_iterator(dir / "received"), {});
  CHECK(received == 1);
}

TEST_CASE("unusual input: late slices give one newer result, repeated ones give none") {
  const TempDir dir;
  const Orthanc pacs;
  NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port());
  const auto files = write_ct(dir / "ct", "1.2.3.5");
  const std::vector<fs::path> first(files.begin(), files.begin() + 21);
  const std::vector<fs::path> late(files.begin() + 21, files.end());

  send(node, first);
  REQUIRE(eventually([&] { return jobs_in(node, JobState::kDelivered).size() == 1; }));
  send(node, late);
  REQUIRE(eventually([&] { return jobs_in(node, JobState::kDelivered).size() == 2; }));
  CHECK(pacs.instances("SEG", "1.2.3.5").size() == 2);

  send(node, files);
  // The series of a study sent afterwards is through, so the repetition has had its chance.
  send(node, write_ct(dir / "other", "1.2.3.6"));
  REQUIRE(eventually([&] { return jobs_in(node, JobState::kDelivered).size() == 3; }));
  CHECK(pacs.instances("SEG", "1.2.3.5").size() == 2);
  CHECK(node.store().jobs(std::nullopt, 100)->size() == 3);
}
