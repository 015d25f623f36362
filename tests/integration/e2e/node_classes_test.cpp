// The AE title that a PACS sends to selects what is segmented, in one program with one model.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_reader.h"
#include "tests/integration/e2e/marked_ct.h"
#include "tests/support/eventually.h"
#include "tests/support/hilum_program.h"
#include "tests/support/store_peer.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using Labels = std::vector<std::string>;

/// A small model that words steer, a CT, and a node with two further AE titles.
struct WordyNode {
  explicit WordyNode(const std::string& classes_of_words) {
    REQUIRE(run_hilum({"model", "init", bundle(), "--width", "1", "--window", "32", "--overlap",
                       "0", "--text-adapter", "shared", "--text-tower", "bytes"})
                .status == 0);
    write_file(config(), fmt::format(R"([node]
bind = "127.0.0.1"
port = {}
[storage]
directory = "{}"
min_free_gib = 0
[network]
check_calling_ae = false
[[peer]]
name = "pacs"
ae_title = "PACS"
host = "127.0.0.1"
port = {}
[results]
destinations = ["pacs"]
[series]
quiet_period_s = 1
[model]
bundle = "{}"
classes = ["Left pulmonary artery", "Right pulmonary artery"]
[[class]]
label = "All vessels"
prompt = "vessels of both lungs"
vessel = "both"
[[virtual_node]]
ae_title = "HILUM_VEINS"
classes = ["Right pulmonary vein", "Left pulmonary vein"]
[[virtual_node]]
ae_title = "HILUM_WORDS"
classes = {}
)",
                                     port, (dir / "storage").string(), pacs.port, bundle(),
                                     classes_of_words));
  }

  [[nodiscard]] std::string bundle() const { return (dir / "model.safetensors").string(); }
  [[nodiscard]] std::string config() const { return (dir / "hilum.toml").string(); }
  [[nodiscard]] std::string ct() const { return (dir / "ct").string(); }
  void make_ct() const {
    fs::create_directories(ct());
    const auto volume = make_marked_ct(placements().front()).volume;
    REQUIRE(dicomseg::write_ct_series(volume, {}, ct()).has_value());
  }

  TempDir dir;
  StorePeer pacs{dir / "pacs"};
  std::uint16_t port = free_port();
};

Labels segments_in(const fs::path& file) {
  const auto seg = dicomseg::read_seg(file);
  REQUIRE_MESSAGE(seg, seg.error().message);
  Labels labels;
  for (const auto& segment : seg->segments) labels.push_back(segment.spec.label);
  return labels;
}

}  // namespace

TEST_CASE("node classes: each AE title has its own classes, from one model") {
  WordyNode node("[\"all vessels\"]");
  node.make_ct();
  Process serve({HILUM_PROGRAM, "serve", "--config", node.config()});
  REQUIRE_MESSAGE(wait_for_port(node.port, 60s), serve.output());
  for (const char* title : {"HILUM", "HILUM_VEINS", "HILUM_WORDS"}) {
    Process sender(
        {"storescu", "-aec", title, "+sd", "127.0.0.1", fmt::to_string(node.port), node.ct()});
    REQUIRE(sender.wait(60s) == 0);
  }
  const auto delivered = [&] {  // a file that is there may not be complete yet
    const std::string jobs = run_hilum({"jobs", "list", "--config", node.config()}).output;
    int found = 0;
    for (auto at = jobs.find("delivered"); at != jobs.npos; at = jobs.find("delivered", at + 1)) {
      ++found;
    }
    return found;
  };
  const bool all = eventually([&] { return node.pacs.files() == 3 && delivered() == 3; }, 180s);
  serve.kill(SIGTERM);
  CHECK(serve.wait(30s) == 0);
  REQUIRE_MESSAGE(all, serve.output());
  std::map<Labels, int> found;
  for (const auto& file : node.pacs.received()) ++found[segments_in(file)];
  CHECK(found == std::map<Labels, int>{{{"Left pulmonary artery", "Right pulmonary artery"}, 1},
                                       {{"Right pulmonary vein", "Left pulmonary vein"}, 1},
                                       {{"All vessels"}, 1}});
  CHECK(serve.output().find("segments=\"Right pulmonary vein, Left pulmonary vein\"") !=
        std::string::npos);
}

TEST_CASE("node classes: hilum segment does as one of the nodes does") {
  const WordyNode node("[\"All vessels\"]");
  node.make_ct();
  const auto out = node.dir / "out";
  const auto segment = [&](std::vector<std::string> more) {
    std::vector<std::string> command{"segment",  node.ct(),     "--out",     out.string(),
                                     "--config", node.config(), "--profile", "standard"};
    command.insert(command.end(), more.begin(), more.end());
    return run_hilum(std::move(command));
  };
  for (const auto& [node_options, label] :
       {std::pair{Labels{}, "Right pulmonary artery"},
        {Labels{"--node", "HILUM_VEINS"}, "Right pulmonary vein"}}) {
    const Outcome done = segment(node_options);
    CHECK_MESSAGE(done.status == 0, done.output);
    CHECK_MESSAGE(done.output.find(label) != std::string::npos, done.output);
    CHECK(done.output.find("All vessels") == std::string::npos);
  }
  const Outcome refused = segment({"--node", "HILUM_THIN"});
  CHECK(refused.status == 78);
  CHECK(refused.output.find("no [[virtual_node]] 'HILUM_THIN'") != std::string::npos);
}

TEST_CASE("node classes: check lists them, and names the node whose classes cannot be had") {
  const WordyNode good("[\"All vessels\"]");
  const Outcome checked = run_hilum({"check", "--config", good.config()});
  INFO(checked.output);
  CHECK(checked.output.find("model of HILUM_VEINS") != std::string::npos);
  CHECK(checked.output.find("Right pulmonary vein, Left pulmonary vein") != std::string::npos);

  const WordyNode wrong("[\"Aorta\"]");
  for (const char* command : {"check", "serve"}) {
    const Outcome refused = run_hilum({command, "--config", wrong.config()});
    INFO(refused.output);
    CHECK(refused.status != 0);
    CHECK(refused.output.find("[[virtual_node]] HILUM_WORDS") != std::string::npos);
    CHECK(refused.output.find("classes names \"Aorta\"") != std::string::npos);
    CHECK(refused.output.find("\"Left pulmonary vein\"") != std::string::npos);
  }
}
