// How long it takes to write, and check, the segmentation of a chest CT of 512 x 512 voxels per
// slice, in each form that a viewer profile can ask for, and how much memory; against writing as
// many bytes to the same disk and syncing them.

#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "dicomseg/ct_reader.h"
#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_reader.h"
#include "dicomseg/seg_writer.h"
#include "model/standard_classes.h"
#include "pipeline/domain/durable_file.h"
#include "tests/bench/must.h"
#include "tests/bench/scanner_patient.h"
#include "tests/bench/timing.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using bench::must;
namespace fs = std::filesystem;

namespace {

/// Largest resident memory in MiB since `forget_peak`.
double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

void forget_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;
}

/// A series on disk as the reader left it, without its pixels, and the labels on it.
struct Source {
  LoadedSeries series;
  LabelMap labels;
};

/// Made by a process of its own, whose memory goes with it.
void make_source(int slices, const fs::path& folder) {
  const pid_t child = fork();
  if (child == 0) {
    const bench::ScannerPatient patient = bench::scanner_patient(slices);
    fs::create_directory(folder / "ct");
    must(dicomseg::write_ct_series(patient.ct, {}, folder / "ct"));
    std::ofstream labels(folder / "labels", std::ios::binary);
    labels.write(reinterpret_cast<const char*>(patient.vessels.label.data()),
                 static_cast<std::streamsize>(patient.vessels.label.size()));
    labels.flush();
    std::_Exit(labels ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) std::exit(1);
}

Source read_source(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder / "ct")) files.push_back(entry.path());
  Source source{.series = must(dicomseg::CtReader().read(files, {})), .labels = {}};
  source.labels.geometry = source.series.volume.geometry;
  std::vector<std::int16_t>().swap(source.series.volume.hu);
  source.labels.label.resize(source.labels.geometry.voxel_count());
  std::ifstream labels(folder / "labels", std::ios::binary);
  labels.read(reinterpret_cast<char*>(source.labels.label.data()),
              static_cast<std::streamsize>(source.labels.label.size()));
  return source;
}

struct Form {
  const char* name;
  ViewerProfile profile;
};
const Form kForms[] = {
    {"binary", {}},
    {"binary, a series per class", {.objects = ViewerProfile::Objects::kPerClass}},
    {"binary, empty frames kept", {.empty_frames = ViewerProfile::EmptyFrames::kKeep}},
    {"binary, deflated", {.encoding = ViewerProfile::Encoding::kDeflated}},
    {"label map", {.segmentation = ViewerProfile::Segmentation::kLabelMap}},
    {"label map, deflated",
     {.segmentation = ViewerProfile::Segmentation::kLabelMap,
      .encoding = ViewerProfile::Encoding::kDeflated}},
};

struct Measured {
  double seconds = 0;
  double raw_seconds = 0;
  double mib = 0;
  std::size_t frames = 0;
  double peak = 0;
};

Measured measure(const Source& source, const ViewerProfile& profile, int runs) {
  const ModelInfo model{.name = "bench",
                        .version = "1",
                        .sha256 = std::string(64, '0'),
                        .trained = true,
                        .segments = model::standard_segments(),
                        .device = {}};
  const test::TempDir dir;
  const Findings findings;
  const ResultIdentity identity("bench");
  const ResultRequest request{source.series, source.labels, model, findings, identity, {}};
  std::vector<double> written;
  std::vector<double> raw;
  Measured m;
  for (int run = 0; run < runs; ++run) {
    dicomseg::WrittenSegmentations result;
    if (run == 0) forget_peak();
    written.push_back(bench::seconds(
        [&] { result = must(dicomseg::write_segmentations(request, profile, {}, dir.path())); }));
    if (run == 0) m.peak = peak_mib();
    m.mib = 0;
    m.frames = 0;
    std::vector<std::byte> bytes;
    for (const ResultObject& object : result.objects) {
      const std::string content = test::read_file(object.file);
      const auto all = std::as_bytes(std::span(content));
      bytes.insert(bytes.end(), all.begin(), all.end());
      m.frames += must(dicomseg::read_seg(object.file)).frames.size();
    }
    m.mib = static_cast<double>(bytes.size()) / (1 << 20);
    const std::span<const std::byte> pieces[] = {bytes};
    raw.push_back(bench::seconds([&] {
      if (!replace_file(dir / "raw", pieces)) std::exit(1);
    }));
  }
  m.seconds = bench::median(written);
  m.raw_seconds = bench::median(raw);
  return m;
}

/// In a process of its own, so that none has the memory of another one's leavings.
Measured measure_apart(const fs::path& folder, const ViewerProfile& profile, int runs) {
  int ends[2];
  if (pipe(ends) != 0) std::exit(1);
  const pid_t child = fork();
  if (child == 0) {
    const Measured m = measure(read_source(folder), profile, runs);
    std::_Exit(write(ends[1], &m, sizeof m) == sizeof m ? 0 : 1);
  }
  Measured m;
  int status = 0;
  if (child < 0 || read(ends[0], &m, sizeof m) != sizeof m || waitpid(child, &status, 0) < 0) {
    std::exit(1);
  }
  close(ends[0]);
  close(ends[1]);
  return m;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int> slices{200, 400};
  int runs = 5;
  CLI::App app{"Times writing and checking segmentations of 512 x 512 x N voxels"};
  app.add_option("--slices", slices, "N, one or several")->capture_default_str();
  app.add_option("--runs", runs, "Medians are of this many")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  for (const int n : slices) {
    const test::TempDir dir;
    make_source(n, dir.path());
    fmt::print("512 x 512 x {}, four segments; label map {} MiB, median of {}\n", n, n / 4, runs);
    fmt::print("{:28} {:>7} {:>9} {:>9} {:>12} {:>9}\n", "", "frames", "MiB", "seconds",
               "x raw write", "peak MiB");
    for (const Form& form : kForms) {
      const Measured m = measure_apart(dir.path(), form.profile, runs);
      fmt::print("{:28} {:7} {:9.2f} {:9.3f} {:12.1f} {:9.0f}\n", form.name, m.frames, m.mib,
                 m.seconds, m.seconds / m.raw_seconds, m.peak);
    }
  }
  return 0;
}
