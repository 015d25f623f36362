#pragma once

#include <memory>
#include <optional>
#include <string>

#include "model/bundle.h"
#include "model/lacaf.h"
#include "pipeline/domain/ports.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// Which windows of a volume are computed.
enum class WindowChoice {
  kLungs,  ///< those that count for the lungs and what lies between; the rest is background
  kAll,
};

struct SegmenterOptions {
  /// "auto" (all CUDA devices, or the CPU when there is none), "cpu", "cuda" or "cuda:N".
  std::string device = "auto";
  int threads = 0;  ///< CPU threads; 0: all cores
  Precision precision = Precision::kAuto;
  ComputePath path = ComputePath::kFast;
  WindowChoice windows = WindowChoice::kLungs;
  std::optional<double> overlap = {};  ///< of neighbouring windows, 0..0.9; absent: the manifest's
};

/// The network of a bundle on its devices. Segmenters that are made with it share weights, devices
/// and turns on them, and differ in the classes that they look for.
class SharedNetwork {
 public:
  /// Copies the weights. Errors of `LaCaf::load`; kUnsupported in a build without LibTorch.
  static Result<SharedNetwork> load(const ModelBundle& bundle,
                                    const SegmenterOptions& options = {});

  /// A segmenter for the classes of `bundle`: the one that was loaded, or what `with_classes` or
  /// `with_prompt` made of it. The bundle and this object may be dropped afterwards. Errors of
  /// `LaCaf::with_text`.
  ///
  /// It does preprocessing, lung region, sliding windows, sigmoid, sides by anatomy where the
  /// manifest says so, labels on the source grid. Its calls, and those of the others, may overlap:
  /// each waits for a device only for the network, so that one volume is prepared while another one
  /// has the device. Stages in the log: "preprocess", "wait", "network", "labels".
  ///
  /// Memory while it runs, beside volume and label map, per voxel of the cropped model grid: 4
  /// bytes for the image, 4 (K + 1) for the sums over windows, 1 for the labels; that is 0.4 GB for
  /// four classes and a chest of 360 mm cubed at 1.5 mm. The network's own need is in lacaf.h.
  [[nodiscard]] Result<std::unique_ptr<Segmenter>> segmenter(const ModelBundle& bundle) const;

 private:
  struct State;
  explicit SharedNetwork(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// The one segmenter of a network that nobody else uses.
Result<std::unique_ptr<Segmenter>> make_segmenter(const ModelBundle& bundle,
                                                  const SegmenterOptions& options = {});

}  // namespace hilum::model
