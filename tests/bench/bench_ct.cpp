// One chest CT of 512 x 512 x 300 voxels, from files to a DICOM SEG, stage by stage: the plain path
// (float32, one window at a time, all windows) against the fast one.

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dicomseg/ct_reader.h"
#include "dicomseg/ct_writer.h"
#include "dicomseg/seg_writer.h"
#include "model/give_sides.h"
#include "model/lacaf.h"
#include "model/postprocess.h"
#include "model/preprocess.h"
#include "model/region_windows.h"
#include "model/segmenter.h"
#include "model/tensor_memory.h"
#include "model/untrained.h"
#include "tests/bench/must.h"
#include "tests/bench/scanner_patient.h"
#include "tests/bench/timing.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using bench::must;
namespace fs = std::filesystem;

namespace {

struct Options {
  std::string make;  ///< folder to write the CT to, instead of measuring
  std::string ct;
  std::string bundle;
  std::string path = "both";
  std::string device = "cpu";
  std::string precision = "auto";
  int slices = 300;
  int width = 32;
  int runs = 1;
  int sample = 0;
  int threads = 0;
};

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

double peak_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);
}

/// What one path computes of the CT, and how long each stage took.
struct Run {
  std::map<std::string, std::vector<double>> seconds;
  std::string device;
  std::size_t windows = 0;
  std::size_t all_windows = 0;
  std::vector<float> probabilities;
  LabelMap labels;
  LabelMap labels_in_region;  ///< of the same probabilities, 0 outside the lung region
};

class Bench {
 public:
  Bench(const Options& options, const fs::path& bundle)
      : options_(options), bundle_(must(model::ModelBundle::open(bundle))) {}

  void run(Run& run, model::ComputePath path) {
    const auto timed = [&](const char* stage, const auto& body) {
      run.seconds[stage].push_back(bench::seconds(body));
    };
    const model::Manifest& manifest = bundle_.manifest();
    const bool reference = path == model::ComputePath::kReference;
    const auto network = must(
        model::LaCaf::load(bundle_, {.device = options_.device,
                                     .threads = options_.threads,
                                     .precision = must(model::parse_precision(options_.precision)),
                                     .path = path}));
    run.device = network.device();
    LoadedSeries source;
    timed("read", [&] { source = must(dicomseg::CtReader().read(files_in(options_.ct), {})); });
    model::ModelImage image;
    timed("preprocess", [&] {
      image = must(model::preprocess(source.volume, {.spacing_mm = manifest.spacing_mm,
                                                     .hu_range = manifest.hu_range,
                                                     .threads = options_.threads,
                                                     .side = manifest.side}));
    });
    regions_ = image.lungs;
    crop_ = image.crop;
    if (reference) image.lungs = {};
    const model::SlidingWindowOptions windows{.window = manifest.window,
                                              .overlap = manifest.overlap,
                                              .channels = manifest.size().classes};
    auto plan = model::plan_windows(crop_.size(), windows);
    run.all_windows = plan.starts.size();
    if (image.lungs.found()) {
      timed("choose windows", [&] {
        model::drop_windows_that_hardly_count(plan, model::region_voxels(image), windows);
      });
    }
    run.windows = plan.starts.size();
    if (options_.sample > 0) keep_some(plan, static_cast<std::size_t>(options_.sample));
    const double share = static_cast<double>(run.windows) / static_cast<double>(plan.starts.size());
    double predicting = 0;
    const double all = bench::seconds([&] {
      run.probabilities = must(model::sliding_window(
          image.value, crop_.size(), windows, plan,
          [&](std::span<const float> window, std::span<float> logits) {
            Status status = ok();
            predicting += bench::seconds([&] { status = network.run(window, logits); });
            return status;
          },
          {.progress = {}, .stop = {}}));
    });
    run.seconds["network"].push_back(predicting * share);
    run.seconds["blend"].push_back((all - predicting) * share);
    timed("sigmoid", [&] {
      model::to_probabilities(run.probabilities, windows.channels, image, options_.threads);
    });
    std::vector<float> in_region = run.probabilities;
    timed("sides", [&] { give_sides(image, run.probabilities); });
    timed("labels", [&] { run.labels = labels_of(source, image, run.probabilities); });
    timed("encode", [&] { encode(source, run.labels); });
    keep_region(in_region);
    give_sides(image, in_region);
    run.labels_in_region = labels_of(source, image, in_region);
    model::return_tensor_memory();
  }

  /// Mean difference of the probabilities inside the lung region, and Dice of each class: of the
  /// results as they are, and without what the reference path finds where no lung is.
  void compare(const Run& a, const Run& b) const {
    const model::GridSize size = crop_.size();
    const std::size_t voxels = model::voxel_count(size);
    double sum = 0;
    std::size_t count = 0;
    for (int x = 0; x < size[0]; ++x) {
      for (int y = 0; y < size[1]; ++y) {
        for (int z = 0; z < size[2]; ++z) {
          if (!regions_.contains(x + crop_.start[0], y + crop_.start[1], z + crop_.start[2])) {
            continue;
          }
          for (std::size_t k = 0; k < bundle_.manifest().classes.size(); ++k) {
            const std::size_t i = k * voxels + model::grid_index(size, x, y, z);
            sum += std::abs(static_cast<double>(a.probabilities[i] - b.probabilities[i]));
            ++count;
          }
        }
      }
    }
    fmt::print("mean |dp| in the lung region {:.5f}\n", sum / static_cast<double>(count));
    for (std::size_t k = 1; k <= bundle_.manifest().classes.size(); ++k) {
      fmt::print("Dice of class {} between both {:.4f}, in the lung region {:.4f}\n", k,
                 dice(a.labels, b.labels, k), dice(a.labels_in_region, b.labels_in_region, k));
    }
  }

 private:
  static double dice(const LabelMap& a, const LabelMap& b, std::size_t value) {
    std::size_t both = 0;
    std::size_t either = 0;
    for (std::size_t i = 0; i < a.label.size(); ++i) {
      const bool in_a = a.label[i] == value;
      const bool in_b = b.label[i] == value;
      both += in_a && in_b;
      either += static_cast<std::size_t>(in_a) + static_cast<std::size_t>(in_b);
    }
    return 2.0 * static_cast<double>(both) / static_cast<double>(either);
  }

  /// A network that is not asked for sides says the same to both: which it is would be chance.
  void give_sides(const model::ModelImage& image, std::vector<float>& probabilities) const {
    const model::Manifest& manifest = bundle_.manifest();
    if (manifest.side == model::SideSource::kNetwork) return;
    model::give_sides(probabilities, crop_, model::sided_vessels(manifest.classes), image.sides,
                      {.threshold = manifest.threshold, .threads = options_.threads});
  }

  [[nodiscard]] LabelMap labels_of(const LoadedSeries& source, const model::ModelImage& image,
                                   const std::vector<float>& probabilities) const {
    const model::Manifest& manifest = bundle_.manifest();
    return model::labels_on_source(source.volume.geometry,
                                   {.grid = image.grid,
                                    .crop = crop_,
                                    .classes = manifest.size().classes,
                                    .value = probabilities},
                                   {.threshold = manifest.threshold, .threads = options_.threads});
  }

  void keep_region(std::vector<float>& probabilities) const {
    const model::GridSize size = crop_.size();
    for (int x = 0; x < size[0]; ++x) {
      for (int y = 0; y < size[1]; ++y) {
        for (int z = 0; z < size[2]; ++z) {
          if (regions_.contains(x + crop_.start[0], y + crop_.start[1], z + crop_.start[2])) {
            continue;
          }
          for (std::size_t k = 0; k < bundle_.manifest().classes.size(); ++k) {
            probabilities[k * model::voxel_count(size) + model::grid_index(size, x, y, z)] = 0;
          }
        }
      }
    }
  }

  static void keep_some(model::WindowPlan& plan, std::size_t count) {
    std::vector<model::GridSize> kept;
    for (std::size_t i = 0; i < std::min(count, plan.starts.size()); ++i) {
      kept.push_back(plan.starts[i * plan.starts.size() / std::min(count, plan.starts.size())]);
    }
    plan.starts = std::move(kept);
  }

  void encode(const LoadedSeries& source, const LabelMap& labels) const {
    const test::TempDir dir;
    const ModelInfo info = bundle_.info();
    must(dicomseg::write_segmentations({.source = source,
                                        .labels = labels,
                                        .model = info,
                                        .findings = {},
                                        .identity = ResultIdentity("bench"),
                                        .created_at = {}},
                                       ViewerProfile{}, {}, dir.path()));
  }

  const Options& options_;
  model::ModelBundle bundle_;
  model::LungRegion regions_;
  model::Box crop_;
};

void print(const char* name, const Run& run) {
  double total = 0;
  double beside = 0;
  fmt::print("\n{}: {}, {} of {} windows\n", name, run.device, run.windows, run.all_windows);
  for (const auto& [stage, seconds] : run.seconds) {
    const double middle = bench::median(seconds);
    total += middle;
    if (stage != "network" && stage != "blend") beside += middle;
    fmt::print("  {:15} {:9.3f} s\n", stage, middle);
  }
  fmt::print("  {:15} {:9.3f} s\n  {:15} {:9.3f} s\n", "beside network", beside, "all", total);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Times one chest CT stage by stage"};
  app.add_option("--make", options.make, "Write the CT to this folder and stop");
  app.add_option("--slices", options.slices, "of 1 mm, with --make")->capture_default_str();
  app.add_option("--ct", options.ct, "Folder with the files of one CT series");
  app.add_option("--path", options.path, "reference, fast or both")->capture_default_str();
  app.add_option("--bundle", options.bundle, "Instead of an untrained network");
  app.add_option("--width", options.width, "of the untrained network")->capture_default_str();
  app.add_option("--precision", options.precision, "of the fast path")->capture_default_str();
  app.add_option("--runs", options.runs, "Medians are of this many")->capture_default_str();
  app.add_option("--sample", options.sample,
                 "Run this many windows only and scale their time up to all; 0: all");
  app.add_option("--threads", options.threads, "0: all cores")->capture_default_str();
  app.add_option("--device", options.device)->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  if (!options.make.empty()) {
    fs::create_directories(options.make);
    must(dicomseg::write_ct_series(bench::scanner_patient(options.slices).ct, {}, options.make));
    return 0;
  }
  model::keep_tensor_memory();
  const test::TempDir dir;
  fs::path bundle = options.bundle;
  if (bundle.empty()) {
    bundle = dir / "bundle";
    must(model::write_untrained_bundle(bundle, {.width = options.width}));
  }
  Bench bench(options, bundle);
  Run reference;
  Run fast;
  for (int i = 0; i < options.runs; ++i) {
    if (options.path != "fast") bench.run(reference, model::ComputePath::kReference);
    if (options.path != "reference") bench.run(fast, model::ComputePath::kFast);
  }
  if (options.path != "fast") print("reference", reference);
  if (options.path != "reference") print("fast", fast);
  fmt::print("\npeak memory {:.2f} GiB\n", peak_gib());
  if (options.path != "both") return 0;
  const auto total = [](const Run& run) {
    return bench::median(run.seconds.at("network")) + bench::median(run.seconds.at("blend"));
  };
  fmt::print("network and blend: {:.2f} times the speed of the reference path\n",
             total(reference) / total(fast));
  if (options.sample == 0) bench.compare(reference, fast);
}
