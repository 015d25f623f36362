// What becomes of files in the whole node: CT in, SEG out to a real peer, files gone, the same CT
// again, and the deaths in between.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "admin/node.h"
#include "db/job_store.h"
#include "dicomseg/ct_writer.h"
#include "tests/integration/e2e/marked_ct.h"
#include "tests/support/eventually.h"
#include "tests/support/marker_model.h"
#include "tests/support/process.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

std::size_t files_below(const fs::path& directory) {
  const fs::recursive_directory_iterator all(directory);
  return static_cast<std::size_t>(std::count_if(
      begin(all), end(all), [](const auto& entry) { return entry.is_regular_file(); }));
}

/// A storescp that takes everything, a CT to send, and a node that is started when asked.
struct Hospital {
  Hospital() {
    fs::create_directories(dir / "pacs");
    fs::create_directories(dir / "ct");
    pacs = std::make_unique<Process>(std::vector<std::string>{
        "storescp", "-aet", "PACS", "-od", (dir / "pacs").string(), fmt::to_string(pacs_port)});
    REQUIRE(wait_for_port(pacs_port));
    const auto ct = make_marked_ct(placements().front());
    auto written = dicomseg::write_ct_series(ct.volume, {}, dir / "ct");
    REQUIRE(written);
    slices = written->size();
  }
  void start(int keep_delivered_days) {
    config::Config config;
    config.node.bind = "127.0.0.1";
    config.node.port = 0;
    config.storage.directory = dir / "storage";
    config.storage.min_free_gib = 0;
    config.storage.keep_delivered_days = keep_delivered_days;
    config.peers = {
        Peer{.name = "pacs",
             .ae_title = *AeTitle::parse("PACS"),
             .host = "127.0.0.1",
             .port = pacs_port},
        Peer{.name = "sender", .ae_title = *AeTitle::parse("SENDER"), .host = "127.0.0.1"}};
    config.series.quiet_period = 1s;
    auto started = admin::Node::start(config, marker_model());
    REQUIRE_MESSAGE(started, started.error().message);
    node = *std::move(started);
  }
  void send() {
    Process sender({"storescu", "-aet", "SENDER", "-aec", "HILUM", "+sd", "127.0.0.1",
                    fmt::to_string(node->port()), (dir / "ct").string()});
    REQUIRE(sender.wait(60s) == 0);
  }
  [[nodiscard]] fs::path instances() const { return dir / "storage/spool/instances"; }
  [[nodiscard]] fs::path results() const { return dir / "storage/results"; }
  std::vector<Job> jobs() { return *node->store().jobs(std::nullopt, 10); }
  bool delivered() {
    return eventually([&] { return !jobs().empty() && jobs()[0].state == JobState::kDelivered; });
  }

  TempDir dir;
  std::uint16_t pacs_port = free_port();
  std::unique_ptr<Process> pacs;
  std::size_t slices = 0;
  std::unique_ptr<admin::Node> node;
};

}  // namespace

TEST_CASE("retention: what is delivered goes, and is not segmented again when it comes again") {
  Hospital here;
  here.start(0);
  here.send();
  REQUIRE(here.delivered());
  REQUIRE(eventually([&] { return here.jobs()[0].files_freed_at.has_value(); }));
  REQUIRE(eventually([&] { return files_below(here.instances()) == 0; }));
  CHECK(eventually([&] { return files_below(here.results()) == 0; }));
  CHECK(files_below(here.dir / "pacs") == 1);

  here.send();                      // as a PACS that migrates
  std::this_thread::sleep_for(3s);  // longer than the quiet period
  CHECK(here.jobs().size() == 1);
  CHECK(here.node->store().open_series()->empty());
  CHECK(files_below(here.dir / "pacs") == 1);
  CHECK(eventually([&] { return files_below(here.instances()) == 0; }));
}

TEST_CASE(
    "retention: wherever the process dies while files are freed, the next start is in order") {
  Hospital here;
  here.start(3);
  here.send();
  REQUIRE(here.delivered());
  const SeriesKey key = here.jobs()[0].series;
  const auto result =
      here.results() / here.node->store().results_of(here.jobs()[0].id)->at(0).objects.at(0).file;
  REQUIRE(fs::exists(result));
  here.node.reset();

  const auto trash = here.dir / "storage/spool/trash/0";
  const auto series = here.instances() / key.study.str() / key.series.str();
  {
    auto store = *db::SqliteJobStore::open(here.dir / "storage/hilum.db");
    const Time later = Time::max() - 24h;
    const RetentionLimits limits{.delivered_before = later};
    SUBCASE("before anything was recorded") {}
    SUBCASE("after it was recorded") { REQUIRE(*store->free_series(key, limits, later)); }
    SUBCASE("after the files were moved to trash") {
      REQUIRE(*store->free_series(key, limits, later));
      fs::rename(series, trash);
    }
    SUBCASE("in the midst of deleting") {
      REQUIRE(*store->free_series(key, limits, later));
      fs::rename(series, trash);
      fs::remove(fs::directory_iterator(trash)->path());
      fs::remove(result);
    }
  }
  here.start(3);
  // No series of its own, no second job, nothing sent again; what is there has a row, and the other
  // way round.
  CHECK(here.node->store().open_series()->empty());
  CHECK(here.jobs().size() == 1);
  CHECK(here.jobs()[0].state == JobState::kDelivered);
  std::size_t with_file = 0;
  for (const auto& i : *here.node->store().instances_of(key)) {
    if (!i.file.empty()) ++with_file;
  }
  CHECK(with_file == files_below(here.instances()));
  CHECK((with_file == 0 || with_file == here.slices));
  CHECK(!fs::exists(trash));
  CHECK(fs::exists(result) == !here.jobs()[0].files_freed_at.has_value());
  here.node.reset();

  // And they go the next time.
  here.start(0);
  CHECK(eventually([&] { return files_below(here.instances()) == 0; }));
  CHECK(eventually([&] { return files_below(here.results()) == 0; }));
  CHECK(here.jobs().size() == 1);
  CHECK(files_below(here.dir / "pacs") == 1);
}
