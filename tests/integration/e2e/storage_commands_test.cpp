// What an administrator sees of the files: `hilum quarantine` and `hilum verify`, beside a node
// that runs.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/hilum_program.h"
#include "tests/support/marker_node.h"
#include "tests/support/small_instances.h"
#include "tests/support/storescu_output.h"

using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

/// A running node with three accepted instances and one that conflicts with the first.
struct NodeWithConflict {
  NodeWithConflict() {
    node.start();
    CHECK(send(accepted.files).size() == 3);
    CHECK(send(conflicting.files).empty());
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (in_database(storage).size() < 3 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(20ms);
    }
  }
  std::vector<fs::path> send(const std::vector<fs::path>& files) {
    std::vector<std::string> names;
    for (const auto& file : files) names.push_back(file.string());
    Process sender(node.storescu(names));
    (void)sender.wait(60s);
    return acknowledged(sender.output());
  }
  [[nodiscard]] Outcome hilum(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--config", node.config_file().string()});
    return run_hilum(std::move(arguments));
  }

  TempDir dir;
  fs::path storage = dir / "storage";
  SmallInstances accepted{dir / "sent", 3, 3000};
  SmallInstances conflicting{dir / "other", 1, 3000, 1, 100};
  MarkerNode node{storage, "min_free_gib = 0"};
};

}  // namespace

TEST_CASE("command line: quarantine lists, shows and deletes what conflicts") {
  const NodeWithConflict here;
  const auto wanted = of_files(here.conflicting.files);
  const auto& [sop, digest] = *wanted.begin();

  const Outcome listed = here.hilum({"quarantine", "list"});
  CHECK(listed.status == 0);
  CHECK(listed.output.find(sop) != std::string::npos);
  CHECK(listed.output.find(MarkerNode::kSender) != std::string::npos);

  const auto json = nlohmann::json::parse(here.hilum({"quarantine", "list", "--json"}).output);
  REQUIRE(json.size() == 1);
  CHECK(json[0]["sop"] == sop);
  CHECK(json[0]["sha256"] == digest);
  CHECK(json[0]["calling_ae"] == MarkerNode::kSender);
  CHECK(json[0]["conflicts_with"]["sha256"] == of_files(here.accepted.files)[sop]);
  CHECK(fs::exists(here.storage / "spool" / json[0]["file"].get<std::string>()));
  CHECK(fs::exists(here.storage / "spool" / json[0]["conflicts_with"]["file"].get<std::string>()));

  const auto name = json[0]["name"].get<std::string>();
  const Outcome shown = here.hilum({"quarantine", "show", name});
  CHECK(shown.status == 0);
  CHECK(shown.output.find(digest) != std::string::npos);
  CHECK(shown.output.find(of_files(here.accepted.files)[sop]) != std::string::npos);

  CHECK(here.hilum({"quarantine", "show", "absent"}).status == 1);
  CHECK(here.hilum({"quarantine", "delete", "../instances"}).status == 1);
  CHECK(here.hilum({"quarantine", "delete"}).status == 64);
  CHECK(here.hilum({"quarantine", "delete", name}).status == 0);
  CHECK(here.hilum({"quarantine", "list"}).output.find("nothing") != std::string::npos);
  CHECK(on_disk(here.storage).size() == 3);
}

TEST_CASE("command line: verify finds what is not as it was received") {
  const NodeWithConflict here;
  const Outcome good = here.hilum({"verify"});
  CHECK_MESSAGE(good.status == 0, good.output);
  CHECK(good.output.find("damaged: 0") != std::string::npos);

  const auto series = here.storage / "spool/instances/1.2.3.4/1.2.3.4.5";
  const auto changed = series / "1.2.3.4.5.1.1.dcm";
  auto bytes = read_file(changed);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file(changed, bytes);
  fs::remove(series / "1.2.3.4.5.1.2.dcm");
  const Outcome bad = here.hilum({"verify", "--series", "1.2.3.4.5"});
  CHECK(bad.status == 1);
  CHECK(bad.output.find("CHANGED " + changed.string()) != std::string::npos);
  CHECK(bad.output.find("MISSING " + (series / "1.2.3.4.5.1.2.dcm").string()) != std::string::npos);
  CHECK(bad.output.find("damaged: 2") != std::string::npos);
  CHECK(here.hilum({"verify", "--series", "9.9"}).status == 1);
}
