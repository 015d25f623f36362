#include "model/segmenter.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "model/device_pool.h"
#include "model/give_sides.h"
#include "model/postprocess.h"
#include "model/preprocess.h"
#include "model/region_windows.h"
#include "model/sliding_window.h"
#include "model/tensor_memory.h"
#include "model/torch_guard.h"

namespace hilum::model {

struct SharedNetwork::State {
  State(std::vector<LaCaf> loaded, SegmenterOptions from)
      : networks(std::move(loaded)),
        devices(static_cast<int>(networks.size())),
        options(std::move(from)) {}

  /// For people: "cpu, 2 threads, bfloat16", or the first device's and how many there are.
  [[nodiscard]] std::string describe() const {
    if (networks.size() == 1) return networks.front().device();
    return fmt::format("{} and {} more", networks.front().device(), networks.size() - 1);
  }

  const std::vector<LaCaf> networks;  ///< one on each device
  DevicePool devices;
  const SegmenterOptions options;
};

namespace {

class LaCafSegmenter : public Segmenter {
 public:
  /// `networks` are those of the pool's devices, asked for the classes of `bundle`.
  LaCafSegmenter(std::shared_ptr<DevicePool> devices, std::vector<LaCaf> networks,
                 const ModelBundle& bundle, const SegmenterOptions& options, std::string device)
      : devices_(std::move(devices)),
        networks_(std::move(networks)),
        manifest_(bundle.manifest()),
        info_(bundle.info()),
        options_(options) {
    info_.device = std::move(device);
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

    auto loan = log.timed("wait", [&] { return devices_->take(stop); });
    if (!loan) return Error{ErrorCode::kCancelled, "stopped while waiting for the device"};
    auto values = log.timed("network", [&] {
      return networks_[loan->device()].sliding_window(image.value, image.crop.size(), windows, plan,
                                                      {.progress = progress, .stop = stop});
    });
    loan.reset();  // the next caller need not wait for what follows
    if (!values) return values;
    to_probabilities(*values, classes, image, options_.threads);
    return values;
  }

  std::shared_ptr<DevicePool> devices_;
  std::vector<LaCaf> networks_;
  Manifest manifest_;
  ModelInfo info_;
  SegmenterOptions options_;
};

}  // namespace

SharedNetwork::SharedNetwork(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<SharedNetwork> SharedNetwork::load(const ModelBundle& bundle,
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
  return SharedNetwork(std::make_shared<State>(std::move(networks), options));
}

Result<std::unique_ptr<Segmenter>> SharedNetwork::segmenter(const ModelBundle& bundle) const {
  std::vector<LaCaf> networks;
  for (const LaCaf& network : state_->networks) {
    auto asked = network.with_text(bundle.tensor("organ_embedding"));
    if (!asked) return std::move(asked).error();
    networks.push_back(std::move(*asked));
  }
  return std::unique_ptr<Segmenter>(std::make_unique<LaCafSegmenter>(
      std::shared_ptr<DevicePool>(state_, &state_->devices), std::move(networks), bundle,
      state_->options, state_->describe()));
}

Result<std::unique_ptr<Segmenter>> make_segmenter(const ModelBundle& bundle,
                                                  const SegmenterOptions& options) {
  auto network = SharedNetwork::load(bundle, options);
  if (!network) return std::move(network).error();
  return network->segmenter(bundle);
}

}  // namespace hilum::model
