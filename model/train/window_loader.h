#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/train/prefetch.h"
#include "model/train/volume_pool.h"
#include "model/train/window.h"

namespace hilum::model::train {

/// The windows of one step, one after the other.
struct Batch {
  int windows = 0;
  std::vector<float> image;            ///< [windows][w][w][w]
  std::vector<std::uint8_t> label;     ///< [windows][w][w][w]
  std::vector<std::uint8_t> labelled;  ///< [windows][label values]
};

struct LoaderOptions {
  std::uint64_t seed = 1;
  int batch = 4;
  int windows_per_volume = 4;  ///< taken from a volume, one per step, before the next one comes
  int edge = 96;
  AugmentationOptions augmentation{};
  std::vector<int> partners;  ///< per label value: what it becomes by mirroring
  VolumePool pool{};
  int threads = 2;  ///< that load volumes; one more cuts windows
  std::int64_t first_step = 0;
};

/// Cuts the windows of step after step in the background: the windows of a step come from as many
/// visits (`volume_of_visit`) as there are places in the batch, each visit serving
/// `windows_per_volume` steps, so that a batch is mixed and no volume is loaded for a single
/// window. What a step gets depends on seed and step alone. Holds up to two batches, and volumes
/// for this and the next visits (2 x batch). One thread may call `next`.
class WindowLoader {
 public:
  WindowLoader(std::shared_ptr<const SampleSource> source, const LoaderOptions& options);
  ~WindowLoader();

  /// The next step's windows. Errors of the source, naming the volume.
  Result<Batch> next() { return batches_.next(); }

 private:
  Result<Batch> make(std::int64_t step);

  std::shared_ptr<const SampleSource> source_;
  LoaderOptions options_;
  std::vector<SamplePtr> current_;  ///< of the visits under way; used by the batch thread alone
  Prefetch<SamplePtr> volumes_;
  Prefetch<Batch> batches_;
};

/// Fixed windows of one volume to validate on: placed as in training, not augmented.
Batch validation_windows(const Sample& sample, int volume, int windows, int edge);

}  // namespace hilum::model::train
