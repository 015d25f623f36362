// Examining a finished result: one synthetic chest CT of 512 x 512 voxels a slice with its truth.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "model/examine/examiner.h"
#include "model/phantom/phantom.h"
#include "model/standard_classes.h"
#include "tests/bench/must.h"
#include "tests/bench/timing.h"

using namespace hilum;
using bench::must;

namespace {

/// From /proc/self/status, in MiB: VmRSS is now, VmHWM the most since `forget_peak`.
double memory_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  return 0;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

void print(const Findings& findings, const std::vector<model::ModelClass>& classes) {
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const SegmentMeasures& one = findings.segments[k];
    fmt::print(
        "{:24} {:7} voxels {:6.1f} mL, below 5 mm2 {:5.1f}, below 10 {:5.1f}, rest {:5.1f}\n",
        classes[k].segment.label, one.voxels, one.millilitres, one.by_cross_section_ml[0],
        one.by_cross_section_ml[1], one.by_cross_section_ml[2]);
  }
  fmt::print("lungs, mL: left {:.0f}, right {:.0f}\n", findings.left.lung_ml.value_or(0),
             findings.right.lung_ml.value_or(0));
  for (const Doubt& doubt : findings.doubts) fmt::print("{}\n", doubt.text);
}

}  // namespace

int main(int argc, char** argv) {
  int slices = 300;
  int runs = 5;
  int threads = 2;
  CLI::App app{"Times the examination of one result"};
  app.add_option("--slices", slices, "of 1 mm")->capture_default_str();
  app.add_option("--runs", runs, "The median is of this many")->capture_default_str();
  app.add_option("--threads", threads, "0: all cores")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  phantom::PhantomOptions options{.phase = {}, .spacing_mm = 0.7, .size = {slices, 512, 512}};
  options.view.slice_spacing_mm = 1;
  phantom::Phantom patient = phantom::make_phantom(options);
  patient.lung = {};
  patient.structures = {};
  const auto classes = model::standard_classes();
  const ModelInfo info{.name = "truth",
                       .version = "1",
                       .sha256 = "",
                       .segments = model::standard_segments(),
                       .device = ""};
  model::examine::VesselExaminer examiner(classes, threads);
  std::vector<double> seconds;
  forget_peak();
  const std::clock_t start = std::clock();
  const double before = memory_mib("VmRSS");
  Findings findings;
  for (int i = 0; i < runs; ++i) {
    seconds.push_back(bench::seconds(
        [&] { findings = must(examiner.examine(patient.ct, patient.truth, info, {})); }));
  }
  const double processor = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  print(findings, classes);
  fmt::print("{:.2f} s, {:.2f} s of processor time, {:.0f} MiB beside volume and labels\n",
             bench::median(seconds), processor / runs, memory_mib("VmHWM") - before);
}
