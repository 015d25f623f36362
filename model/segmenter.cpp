#include "model/segmenter.h"

#include <cmath>
#include <utility>

#include "model/lacaf.h"
#include "model/parallel.h"
#include "model/postprocess.h"
#include "model/preprocess.h"
#include "model/sliding_window.h"
#include "model/tensor_memory.h"
#include "model/torch_guard.h"

namespace hilum::model {
namespace {

void sigmoid_in_place(std::vector<float>& logits, int channels, int threads) {
  const std::size_t run = logits.size() / static_cast<std::size_t>(channels);
  parallel_for(channels, threads, [&](int channel) {
    const auto values = std::span(logits).subspan(static_cast<std::size_t>(channel) * run, run);
    for (float& value : values) value = 1 / (1 + std::exp(-value));
  });
}

class LaCafSegmenter : public Segmenter {
 public:
  LaCafSegmenter(LaCaf network, Manifest manifest, ModelInfo info, int threads)
      : network_(std::move(network)),
        manifest_(std::move(manifest)),
        info_(std::move(info)),
        threads_(threads) {
    info_.device = network_.device();
  }

  [[nodiscard]] const ModelInfo& info() const override { return info_; }

  Result<LabelMap> segment(const Volume& volume, const ProgressSink& progress,
                           std::stop_token stop) override {
    auto labels = guarded("segment the volume", [&] { return labels_of(volume, progress, stop); });
    return_tensor_memory();
    return labels;
  }

 private:
  Result<LabelMap> labels_of(const Volume& volume, const ProgressSink& progress,
                             const std::stop_token& stop) const {
    auto image = preprocess(
        volume,
        {.spacing_mm = manifest_.spacing_mm, .hu_range = manifest_.hu_range, .threads = threads_});
    if (!image) return std::move(image).error();
    const int classes = manifest_.size().classes;
    std::vector<float> values;
    if (!image->crop.empty()) {
      const auto predict = [&](std::span<const float> window, std::span<float> logits) {
        return network_.run(window, logits);
      };
      auto logits = sliding_window(
          image->value, image->crop.size(),
          {.window = manifest_.window, .overlap = manifest_.overlap, .channels = classes}, predict,
          progress, stop);
      if (!logits) return std::move(logits).error();
      values = std::move(*logits);
      sigmoid_in_place(values, classes, threads_);
    }
    return labels_on_source(
        volume.geometry,
        {.grid = image->grid, .crop = image->crop, .classes = classes, .value = values},
        {.threshold = manifest_.threshold, .threads = threads_});
  }

  LaCaf network_;
  Manifest manifest_;
  ModelInfo info_;
  int threads_;
};

}  // namespace

Result<std::unique_ptr<Segmenter>> make_segmenter(const ModelBundle& bundle,
                                                  const SegmenterOptions& options) {
  keep_tensor_memory();
  auto network = LaCaf::load(bundle, {.device = options.device, .threads = options.threads});
  if (!network) return std::move(network).error();
  return std::unique_ptr<Segmenter>(std::make_unique<LaCafSegmenter>(
      std::move(*network), bundle.manifest(), bundle.info(), options.threads));
}

}  // namespace hilum::model
