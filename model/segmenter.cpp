#include "model/segmenter.h"

#include <fmt/format.h>

#include <utility>

#include "model/give_sides.h"
#include "model/network_pool.h"
#include "model/postprocess.h"
#include "model/preprocess.h"
#include "model/region_windows.h"
#include "model/sliding_window.h"
#include "model/tensor_memory.h"
#include "model/torch_guard.h"

namespace hilum::model {
namespace {

class LaCafSegmenter : public Segmenter {
 public:
  LaCafSegmenter(std::vector<LaCaf> networks, const ModelBundle& bundle,
                 const SegmenterOptions& options)
      : networks_(std::move(networks)),
        manifest_(bundle.manifest()),
        info_(bundle.info()),
        options_(options) {
    info_.device = networks_.describe();
  }

  [[nodiscard]] const ModelInfo& info() const override { return info_; }

  Result<LabelMap> segment(const Volume& volume, JobLog& log, const ProgressSink& progress,
                           std::stop_token stop) override {
    return guarded("segment the volume", [&]() -> Result<LabelMap> {
      auto image = log.timed("preprocess", [&] {
        return preprocess(volume, {.spacing_mm = manifest_.spacing_mm,
                                   .hu_range = manifest_.hu_range,
                                   .threads = options_.threads,
                                   .side = manifest_.side});
      });
      if (!image) return std::move(image).error();
      if (options_.windows == WindowChoice::kAll) image->lungs = {};
      auto probabilities = probabilities_of(*image, log, progress, stop);
      if (!probabilities) return std::move(probabilities).error();
      return log.timed("labels", [&] {
        if (manifest_.side == SideSource::kAnatomy) {
          give_sides(*probabilities, image->crop, sided_vessels(manifest_.classes), image->sides,
                     {.threshold = manifest_.threshold, .threads = options_.threads});
        }
        return labels_on_source(volume.geometry,
                                {.grid = image->grid,
                                 .crop = image->crop,
                                 .classes = manifest_.size().classes,
                                 .value = *probabilities},
                                {.threshold = manifest_.threshold, .threads = options_.threads});
      });
    });
  }

 private:
  /// [K][X][Y][Z] over the crop.
  Result<std::vector<float>> probabilities_of(const ModelImage& image, JobLog& log,
                                              const ProgressSink& progress,
                                              const std::stop_token& stop) {
    if (image.crop.empty()) {
      log.notes.emplace_back("the volume holds nothing but air");
      return std::vector<float>();
    }
    const int classes = manifest_.size().classes;
    const SlidingWindowOptions windows{.window = manifest_.window,
                                       .overlap = options_.overlap.value_or(manifest_.overlap),
                                       .channels = classes};
    if (manifest_.side == SideSource::kAnatomy) log.notes.push_back(image.sides.describe());
    WindowPlan plan = plan_windows(image.crop.size(), windows);
    const std::size_t all = plan.starts.size();
    if (image.lungs.found()) {
      drop_windows_that_hardly_count(plan, region_voxels(image), windows);
    }
    log.notes.push_back(fmt::format("{}; {} of {} windows computed",
                                    options_.windows == WindowChoice::kAll
                                        ? "the whole volume is searched, as asked for"
                                        : image.lungs.describe(),
                                    plan.starts.size(), all));

    auto network = log.timed("wait", [&] { return networks_.take(stop); });
    if (!network) return Error{ErrorCode::kCancelled, "stopped while waiting for the device"};
    auto values = log.timed("network", [&] {
      return (*network)->sliding_window(image.value, image.crop.size(), windows, plan,
                                        {.progress = progress, .stop = stop});
    });
    network.reset();  // the next caller need not wait for what follows
    if (!values) return values;
    to_probabilities(*values, classes, image, options_.threads);
    return values;
  }

  NetworkPool networks_;
  Manifest manifest_;
  ModelInfo info_;
  SegmenterOptions options_;
};

}  // namespace

Result<std::unique_ptr<Segmenter>> make_segmenter(const ModelBundle& bundle,
                                                  const SegmenterOptions& options) {
  keep_tensor_memory();
  std::vector<LaCaf> networks;
  for (const std::string& device : devices_named(options.device)) {
    auto network = LaCaf::load(bundle, {.device = device,
                                        .threads = options.threads,
                                        .precision = options.precision,
                                        .path = options.path});
    if (!network) return std::move(network).error();
    networks.push_back(std::move(*network));
  }
  return std::unique_ptr<Segmenter>(
      std::make_unique<LaCafSegmenter>(std::move(networks), bundle, options));
}

}  // namespace hilum::model
