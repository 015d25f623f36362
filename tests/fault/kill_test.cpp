// The node dies at the worst moment, without warning: no acknowledged instance may be lost, and no
// result may arrive twice.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "dicomseg/ct_writer.h"
#include "pipeline/domain/uid.h"
#include "scp/stored_file.h"
#include "tests/support/eventually.h"
#include "tests/support/orthanc.h"
#include "tests/support/served_node.h"
#include "tests/support/storescu_output.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr int kSlices = 120;
const std::string kStudy = derived_uid("study of the kill test");

/// A chest-sized CT, coarse enough to be segmented in some seconds.
std::vector<std::filesystem::path> write_ct(const std::filesystem::path& dir) {
  Volume volume;
  volume.geometry.size = {kSlices, 128, 128};
  volume.geometry.voxel_to_lps = {1.5, 0, 0, -95, 0, 1.5, 0, -95, 0, 0, 1.5, -90, 0, 0, 0, 1};
  volume.hu.resize(volume.geometry.voxel_count());
  for (std::size_t i = 0; i < volume.hu.size(); ++i) {
    volume.hu[i] = static_cast<std::int16_t>(static_cast<int>(i * 7919 % 1200) - 900);
  }
  std::filesystem::create_directories(dir);
  dicomseg::CtSeriesOptions options;
  options.study = *StudyUid::parse(kStudy);
  auto files = dicomseg::write_ct_series(volume, options, dir);
  REQUIRE_MESSAGE(files.has_value(), (files ? "" : files.error().message));
  return *files;
}

std::unique_ptr<Process> start_storescu(const ServedNode& node, const std::filesystem::path& dir,
                                        const char* as = ServedNode::kSender) {
  return std::make_unique<Process>(
      std::vector<std::string>{"storescu", "-v", "-aet", as, "-aec", ServedNode::kAeTitle, "+sd",
                               "127.0.0.1", fmt::to_string(node.port()), dir.string()});
}

std::string key_of(const ReceivedInstance& instance) {
  return instance.sop.str() + ' ' + instance.sha256;
}

/// SOP Instance UID and digest of everything that the node has accepted on disk.
std::set<std::string> on_disk(const ServedNode& node) {
  std::set<std::string> found;
  const auto instances = node.storage() / "spool" / "instances";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(instances)) {
    if (!entry.is_regular_file()) continue;
    const auto instance = scp::read_received_instance(entry.path());
    REQUIRE_MESSAGE(instance.has_value(), entry.path().string(), " is not a whole instance");
    found.insert(key_of(*instance));
  }
  return found;
}

void check_all_there(const std::vector<std::filesystem::path>& files, const ServedNode& node) {
  const auto there = on_disk(node);
  for (const auto& file : files) {
    const auto instance = scp::read_received_instance(file);
    REQUIRE(instance.has_value());
    CHECK_MESSAGE(there.contains(key_of(*instance)), file.string(),
                  " was acknowledged and is lost");
  }
}

bool is_delivered(const Job& job) { return job.state == JobState::kDelivered; }

}  // namespace

TEST_CASE("kill -9 while receiving: every acknowledged instance is there, the SEG arrives once") {
  const TempDir dir;
  write_ct(dir / "ct");
  const Orthanc pacs;
  ServedNode node(Orthanc::kAeTitle, pacs.dicom_port());

  for (const std::size_t killed_after : {1U, 17U, 40U}) {
    CAPTURE(killed_after);
    node.start();
    const auto sender = start_storescu(node, dir / "ct");
    REQUIRE(eventually([&] { return acknowledged(sender->output()).size() >= killed_after; }, 30s));
    node.kill();
    (void)sender->wait(60s);
    const auto files = acknowledged(sender->output());
    REQUIRE(files.size() < static_cast<std::size_t>(kSlices));  // it was killed in the midst
    check_all_there(files, node);

    node.start();  // the start-up reconciliation
    check_all_there(files, node);
    const auto received = on_disk(node).size();
    CHECK(node.wait_for(
        [&](JobStore& jobs) {
          const auto series = jobs.series(100);
          return series && series->size() == 1 &&
                 series->front().instances == static_cast<int>(received);
        },
        30s));
    node.kill();
  }

  // As a PACS does, the sender tries again until everything was acknowledged.
  node.start();
  const auto sender = start_storescu(node, dir / "ct");
  REQUIRE(sender->wait(60s) == 0);
  CHECK(acknowledged(sender->output()).size() == static_cast<std::size_t>(kSlices));
  CHECK(on_disk(node).size() == static_cast<std::size_t>(kSlices));
  REQUIRE(node.wait_for_job(is_delivered, 120s));
  CHECK(pacs.instances("SEG", kStudy).size() == 1);
}

TEST_CASE("kill -9 while segmenting: the job runs again, the SEG arrives once") {
  const TempDir dir;
  write_ct(dir / "ct");
  const Orthanc pacs;
  ServedNode node(Orthanc::kAeTitle, pacs.dicom_port());
  node.start();
  const auto sender = start_storescu(node, dir / "ct");
  REQUIRE(sender->wait(60s) == 0);

  for (int death = 1; death <= 2; ++death) {
    CAPTURE(death);
    const auto runs_again = [&](const Job& job) {
      return job.state == JobState::kRunning && job.attempt == death;
    };
    REQUIRE(node.wait_for_job(runs_again, 60s));
    node.kill();
    REQUIRE(node.wait_for_job(runs_again, 0s));  // it died in the midst
    CHECK(pacs.instances("SEG", kStudy).empty());
    node.start();
  }
  REQUIRE(node.wait_for_job(is_delivered, 180s));
  CHECK(node.wait_for_job([](const Job& job) { return job.attempt == 3; }, 0s));
  CHECK(pacs.instances("SEG", kStudy).size() == 1);

  // The same series again is no new work.
  const auto again = start_storescu(node, dir / "ct");
  REQUIRE(again->wait(60s) == 0);
  std::this_thread::sleep_for(3s);  // longer than the quiet period
  const std::string jobs = node.jobs_json();
  CHECK(jobs.find("\"job\": 2") == std::string::npos);
  CHECK(pacs.instances("SEG", kStudy).size() == 1);
}

TEST_CASE("kill -9 while the PACS is asked for missing slices: they come after all, one SEG") {
  const TempDir dir;
  const auto files = write_ct(dir / "ct");
  Orthanc pacs({{ServedNode::kAeTitle, free_port()}});  // it lets only those query that it knows
  ServedNode node(Orthanc::kAeTitle, pacs.dicom_port(), {.width = 4, .overlap = 0.5},
                  "query = \"get\"");
  Process fill({"storescu", "-aet", ServedNode::kSender, "-aec", Orthanc::kAeTitle, "+sd",
                "127.0.0.1", fmt::to_string(pacs.dicom_port()), (dir / "ct").string()});
  REQUIRE(fill.wait(60s) == 0);
  std::filesystem::create_directories(dir / "part");
  for (std::size_t i = 0; i < 70; ++i) {
    std::filesystem::copy(files.at(i), dir / "part" / files.at(i).filename());
  }

  node.start();
  pacs.suspend();  // it takes our call and does not answer
  const auto sender = start_storescu(node, dir / "part", Orthanc::kAeTitle);
  REQUIRE(sender->wait(60s) == 0);
  const auto waits = [](JobStore& jobs) {
    const auto series = jobs.series(100);
    return series && series->size() == 1 && series->front().open && series->front().wait;
  };
  REQUIRE(node.wait_for(waits, 60s));
  CHECK(node.jobs_json().find("asking peer pacs whether this is all") != std::string::npos);
  node.kill();
  REQUIRE(node.wait_for(waits, 0s));
  pacs.resume();

  node.start();
  REQUIRE(node.wait_for_job(is_delivered, 180s));
  CHECK(node.jobs_json().find("\"job\": 2") == std::string::npos);
  CHECK(on_disk(node).size() == static_cast<std::size_t>(kSlices));
  CHECK(pacs.instances("SEG", kStudy).size() == 1);
}
