#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/bundle.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

struct DeviceOptions {
  std::string device = "auto";  ///< "auto" (CUDA when there is one), "cpu", "cuda" or "cuda:N"
  int threads = 0;              ///< CPU threads of the whole process's LibTorch; 0: all cores
};

/// Receives intermediate tensors, row-major, for comparison with the reference implementation.
using TensorSink = std::function<void(std::string_view name, std::span<const float> values)>;

/// The LA-CAF network (arXiv 2501.03722; the behaviour of the authors' implementation is stated in
/// full in README.md, "What the network computes") with LibTorch in float32. The text branch is
/// computed once, at `load`. One `run` at a time per object.
class LaCaf {
 public:
  /// Copies the weights to the device; the bundle may be dropped afterwards. kInvalidInput for an
  /// unknown device name, kUnavailable when the device does not exist here, kNoSpace when its
  /// memory does not suffice.
  static Result<LaCaf> load(const ModelBundle& bundle, const DeviceOptions& options);

  LaCaf(LaCaf&&) noexcept;
  LaCaf& operator=(LaCaf&&) noexcept;
  ~LaCaf();

  /// Logits [K][w][w][w] of a window [w][w][w] with values 0..1, both in axis order R, A, S. Takes
  /// about 1.7 GB of device memory for the paper's network (width 32, window 96). With a `sink`
  /// also hands out "dec4", "up64", "head_input", "image_feature", "text_adapted" and
  /// "controller_params". kNoSpace when memory does not suffice.
  [[nodiscard]] Status run(std::span<const float> window, std::span<float> logits,
                           const TensorSink& sink = {}) const;

  /// For people, for example "cpu, 2 threads, float32".
  [[nodiscard]] const std::string& device() const;

 private:
  struct Network;
  explicit LaCaf(std::unique_ptr<Network> network);
  std::unique_ptr<Network> network_;
};

}  // namespace hilum::model
