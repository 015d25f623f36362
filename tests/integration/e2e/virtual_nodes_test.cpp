// Several AE titles of one node: what is sent to each is done by its rules and goes to its peers.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dicomseg/ct_writer.h"
#include "tests/integration/e2e/marked_ct.h"
#include "tests/integration/e2e/node_fixture.h"
#include "tests/support/process.h"
#include "tests/support/store_peer.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

const VirtualNode kThin = *VirtualNode::parse("thin");

config::VirtualNodeConfig thin_node(const config::Config& config) {
  return {.ae_title = *AeTitle::parse("HILUM_THIN"),
          .node = kThin,
          .destinations = {"workstation"},
          .series_number = 42,
          .rules = config.rules};
}

void send(const std::string& called, std::uint16_t port, const std::filesystem::path& what) {
  Process sender({"storescu", "-aet", NodeFixture::kSender, "-aec", called, "+sd", "127.0.0.1",
                  fmt::to_string(port), what.string()});
  const auto status = sender.wait(60s);
  INFO(sender.output());
  REQUIRE(status == 0);
}

std::vector<Job> jobs_of(NodeFixture& node, const VirtualNode& own) {
  auto jobs = *node.store().jobs(std::nullopt, 100);
  std::erase_if(jobs, [&](const Job& job) { return job.series.node != own; });
  return jobs;
}

/// The one job of a node, once it is delivered.
Job delivered_job(NodeFixture& node, const VirtualNode& own) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto jobs = jobs_of(node, own);
    if (jobs.size() == 1 && jobs.front().state == JobState::kDelivered) return jobs.front();
    if (!jobs.empty())
      REQUIRE_MESSAGE(jobs.front().state != JobState::kFailed, jobs.front().message);
    std::this_thread::sleep_for(50ms);
  }
  FAIL("no delivered job of node ", own.shown());
  return *node.store().job(0);
}

std::vector<std::filesystem::path> write_ct(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const auto written =
      dicomseg::write_ct_series(make_marked_ct(placements().front()).volume, {}, directory);
  REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.error().message));
  return *written;
}

}  // namespace

TEST_CASE("virtual nodes: one series at two AE titles gives two results, each to its own peers") {
  const TempDir dir;
  const StorePeer pacs(dir / "pacs");
  const StorePeer workstation(dir / "workstation");
  write_ct(dir / "ct");
  NodeFixture node("PACS", pacs.port, 0, [&](config::Config& config) {
    config.peers.push_back({.name = "workstation",
                            .ae_title = *AeTitle::parse("WS"),
                            .host = "127.0.0.1",
                            .port = workstation.port});
    config.virtual_nodes = {thin_node(config)};
  });
  send("HILUM", node.port(), dir / "ct");
  send("HILUM_THIN", node.port(), dir / "ct");
  const Job at_main = delivered_job(node, VirtualNode());
  const Job at_thin = delivered_job(node, kThin);
  CHECK(at_main.instances_digest == at_thin.instances_digest);
  CHECK(node.object_of(at_main).sop.str() != node.object_of(at_thin).sop.str());
  CHECK(node.object_of(at_main).series.str() != node.object_of(at_thin).series.str());
  CHECK(pacs.files() == 1);
  CHECK(workstation.files() == 1);
  CHECK(pacs.was_called_by("HILUM"));
  CHECK(workstation.was_called_by("HILUM_THIN"));
  for (const auto& [peer, number] : {std::pair{&pacs, "9001"}, {&workstation, "42"}}) {
    const auto file = std::filesystem::directory_iterator(peer->directory)->path();
    Process dump({"dcmdump", "+P", "0020,0011", file.string()});
    CHECK(dump.wait() == 0);
    CHECK_MESSAGE(dump.output().find(fmt::format("[{}", number)) != std::string::npos,
                  dump.output());
  }
}

TEST_CASE("virtual nodes: each title has its own rules and sees only what it was sent") {
  const TempDir dir;
  const StorePeer pacs(dir / "pacs");
  const auto files = write_ct(dir / "ct");
  std::filesystem::create_directories(dir / "half");
  for (std::size_t i = 0; i < files.size() / 2; ++i) {
    std::filesystem::copy(files[i], dir / "half" / files[i].filename());
  }
  NodeFixture node("PACS", pacs.port, 0, [&](config::Config& config) {
    config.virtual_nodes = {thin_node(config)};
    config.virtual_nodes.front().destinations = {};
    config.virtual_nodes.front().rules.max_slice_spacing_mm = 1.0;
  });
  // A half for each title is not enough for either; the rest for one of them is.
  send("HILUM", node.port(), dir / "half");
  send("HILUM_THIN", node.port(), dir / "ct");
  const auto reasons = [&] {
    std::vector<std::string> found;
    for (const auto& series : *node.store().series(10)) {
      if (!series.open) found.push_back(series.key.node.shown() + ": " + series.not_segmented);
    }
    std::ranges::sort(found);
    return found;
  };
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (reasons().size() < 2 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(50ms);
  }
  CHECK(reasons() == std::vector<std::string>{
                         "main: 12 slices, rules.min_slices is 20",
                         "thin: slices are 2.50 mm apart, rules.max_slice_spacing_mm is 1.00"});
  send("HILUM", node.port(), dir / "ct");
  CHECK(delivered_job(node, VirtualNode()).series.node.is_main());
  CHECK(jobs_of(node, kThin).empty());
}

TEST_CASE("virtual nodes: from the spool alone the next start knows who was sent what") {
  const TempDir dir;
  const StorePeer pacs(dir / "pacs");
  write_ct(dir / "ct");
  const auto with_thin = [](config::Config& config) {
    config.virtual_nodes = {thin_node(config)};
    config.virtual_nodes.front().destinations = {};
  };
  NodeFixture node("PACS", pacs.port, 0, with_thin);
  send("HILUM", node.port(), dir / "ct");
  send("HILUM_THIN", node.port(), dir / "ct");
  const auto result_of = [&](const VirtualNode& own) {
    return node.object_of(delivered_job(node, own)).sop.str();
  };
  const std::string main_before = result_of(VirtualNode());
  const std::string thin_before = result_of(kThin);
  // As if it had died before any row was written: the database is gone, the spool is there.
  node.stop();
  for (const char* name : {"hilum.db", "hilum.db-wal", "hilum.db-shm"}) {
    std::filesystem::remove(node.storage() / name);
  }
  node.start();
  CHECK(result_of(VirtualNode()) == main_before);
  CHECK(result_of(kThin) == thin_before);
  CHECK(pacs.files() == 1);  // the same UID again
  // Under another title the node is the same.
  node.stop();
  for (const char* name : {"hilum.db", "hilum.db-wal", "hilum.db-shm"}) {
    std::filesystem::remove(node.storage() / name);
  }
  node.start([&](config::Config& config) {
    with_thin(config);
    config.virtual_nodes.front().ae_title = *AeTitle::parse("RENAMED");
  });
  CHECK(result_of(kThin) == thin_before);
}
