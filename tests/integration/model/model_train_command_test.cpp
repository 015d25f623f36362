#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "model/nifti/nifti.h"
#include "model/train/run_folder.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model::train;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

/// `tube_volume` as files: a CT and its labels on a grid of 1.5 mm.
void write_case(const fs::path& ct, const fs::path& labels, int index) {
  constexpr int kEdge = 24;
  const Sample sample = test::tube_volume(kEdge, index);
  Volume volume;
  volume.geometry.size = {kEdge, kEdge, kEdge};
  volume.geometry.voxel_to_lps = {1.5, 0, 0, 0, 0, 1.5, 0, 0, 0, 0, 1.5, 0, 0, 0, 0, 1};
  LabelMap map{.geometry = volume.geometry, .label = {}};
  for (int z = 0; z < kEdge; ++z) {
    for (int y = 0; y < kEdge; ++y) {
      for (int x = 0; x < kEdge; ++x) {
        const auto i = model::grid_index(sample.size, x, y, z);
        volume.hu.push_back(static_cast<std::int16_t>(-700 + 1000 * sample.image[i]));
        map.label.push_back(sample.label[i]);
      }
    }
  }
  REQUIRE(model::write_nifti(ct, volume));
  REQUIRE(model::write_nifti(labels, map));
}

class Workplace {
 public:
  Workplace() {
    std::string list = "ct,labels,labelled,split\n";
    for (int i = 0; i < 3; ++i) {
      const std::string ct = "ct" + std::to_string(i) + ".nii.gz";
      const std::string labels = "labels" + std::to_string(i) + ".nii.gz";
      write_case(dir / ct, dir / labels, i);
      list +=
          ct + "," + labels + (i == 1 ? ",left" : ",all") + (i == 2 ? ",validation\n" : ",train\n");
    }
    test::write_file(dir / "list.csv", list);
  }

  [[nodiscard]] test::Process train(const std::string& out, const std::string& steps = "120") {
    return test::Process({HILUM_PROGRAM,
                          "model",
                          "train",
                          "--data",
                          dir / "list.csv",
                          "--out",
                          dir / out,
                          "--width",
                          "2",
                          "--window",
                          "16",
                          "--batch",
                          "2",
                          "--steps",
                          steps,
                          "--threads",
                          "1",
                          "--device",
                          "cpu",
                          "--log-every",
                          "10",
                          "--validate-every",
                          "50",
                          "--checkpoint-every",
                          "7"},
                         {"OMP_WAIT_POLICY=passive"});
  }

  test::TempDir dir;
};

bool wait_for_file(const fs::path& file) {
  for (int i = 0; i < 600; ++i) {
    if (fs::exists(file)) return true;
    std::this_thread::sleep_for(50ms);
  }
  return false;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("model train: killed with SIGKILL and started again, it ends with the same weights") {
  Workplace work;
  auto unbroken = work.train("unbroken");
  REQUIRE(unbroken.wait(120s) == 0);
  CAPTURE(unbroken.output());

  const RunFolder folder{.root = work.dir / "killed"};
  int kills = 0;
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto process = work.train("killed");
    REQUIRE(wait_for_file(folder.checkpoint()));
    // Later than the checkpoint, so that steps and lines of the log are lost.
    std::this_thread::sleep_for(150ms);
    process.kill(SIGKILL);
    kills += process.wait(30s) == 128 + SIGKILL ? 1 : 0;
  }
  CHECK(kills > 0);
  auto rest = work.train("killed");
  REQUIRE(rest.wait(120s) == 0);
  CAPTURE(rest.output());

  const RunFolder expected{.root = work.dir / "unbroken"};
  CHECK(test::read_file(folder.last()) == test::read_file(expected.last()));
  CHECK(test::read_file(folder.best()) == test::read_file(expected.best()));
  CHECK(contains(rest.output(), "best: step"));
}

TEST_CASE("model train: Ctrl-C stops after the step and says how to go on") {
  Workplace work;
  auto process = work.train("run", "100000");
  const RunFolder folder{.root = work.dir / "run"};
  REQUIRE(wait_for_file(folder.checkpoint()));
  process.kill(SIGINT);
  CHECK(process.wait(60s) == 1);
  CHECK(contains(process.output(), "the same command goes on from there"));
  CHECK(fs::exists(folder.last()));
  CHECK(fs::exists(folder.curves()));
}

TEST_CASE("model train: fine-tunes what it made, and says what is wrong with options and files") {
  Workplace work;
  auto first = work.train("first", "2");
  REQUIRE(first.wait(60s) == 0);
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {HILUM_PROGRAM, "model", "train", "--data", work.dir / "list.csv", "--device",
                      "cpu", "--threads", "1", "--out", work.dir / "second"});
    test::Process process(arguments, {"OMP_WAIT_POLICY=passive"});
    const auto status = process.wait(60s);
    return std::pair(status.value_or(-1), process.output());
  };
  const std::string bundle = work.dir / "first/best.safetensors";
  CHECK(run({"--from", bundle, "--width", "4"}).first == 64);
  CHECK(run({"--from", bundle, "--precision", "float99"}).first == 64);
  CHECK(contains(run({"--from", bundle, "--freeze", "nothing"}).second, "cannot freeze 'nothing'"));
  const auto [status, output] =
      run({"--from", bundle, "--steps", "2", "--freeze", "backbone.down"});
  CAPTURE(output);
  CHECK(status == 0);
  CHECK(contains(test::read_file(work.dir / "second/config.json"), "\"learning_rate\": 0.0002"));
  CHECK(contains(run({"--from", bundle, "--steps", "3"}).second, "holds another run"));

  test::write_file(work.dir / "list.csv", "ct,labels\nct0.nii.gz,ct1.nii.gz.missing\n");
  CHECK(contains(run({"--from", bundle}).second, "ct1.nii.gz.missing"));
}
