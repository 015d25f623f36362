#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/bundle.h"
#include "model/precision.h"
#include "model/sliding_window.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// How the network's numbers are computed.
enum class ComputePath {
  kFast,
  kReference,  ///< one window at a time in float32, operation by operation, to compare with
};

struct DeviceOptions {
  std::string device = "auto";  ///< "auto" (CUDA when there is one), "cpu", "cuda" or "cuda:N"
  int threads = 0;              ///< CPU threads of the whole process's LibTorch; 0: all cores
  Precision precision = Precision::kAuto;
  ComputePath path = ComputePath::kFast;
};

/// The devices meant by a setting: every CUDA device for "auto" when there is one, else itself.
std::vector<std::string> devices_named(const std::string& setting);

/// Receives intermediate tensors, row-major, for comparison with the reference implementation.
using TensorSink = std::function<void(std::string_view name, std::span<const float> values)>;

/// The LA-CAF network (arXiv 2501.03722; the behaviour of the authors' implementation is stated in
/// full in README.md, "What the network computes") with LibTorch. The text branch is computed once,
/// at `load` or `with_text`. One `run` at a time on the weights of one `load`.
class LaCaf {
 public:
  /// Copies the weights to the device; the bundle may be dropped afterwards. kInvalidInput for an
  /// unknown device name or a precision that the device has not, kUnavailable when the device does
  /// not exist here, kNoSpace when its memory does not suffice.
  static Result<LaCaf> load(const ModelBundle& bundle, const DeviceOptions& options);

  /// The same weights on the same device, asked for other classes: row-major text features [K,
  /// 512]. kInvalidInput when they are all the same, or as many as a per-class adapter does not
  /// know.
  [[nodiscard]] Result<LaCaf> with_text(std::span<const float> features) const;

  /// Logits [N][K][w][w][w] of N windows [N][w][w][w] with values 0..1, both in axis order R, A, S.
  /// Memory for one window of the paper's network (width 32, window 96): 0.7 GB in bfloat16 and
  /// 1.2 GB in float32 on the CPU. kNoSpace when memory does not suffice.
  [[nodiscard]] Status run(std::span<const float> windows, std::span<float> logits) const;

  /// `model::sliding_window` with this network as its predictor, on the device: there the windows
  /// are cut, run in batches, weighted and summed. A batch for which memory does not suffice is
  /// halved.
  Result<std::vector<float>> sliding_window(std::span<const float> image, const GridSize& size,
                                            const SlidingWindowOptions& options,
                                            const WindowPlan& plan,
                                            const RunControl& control) const;

  /// Also hands out "dec4", "up64", "head_input", "image_feature", "text_adapted" and
  /// "controller_params" of one window, computed by the reference path whatever the options said.
  [[nodiscard]] Status run_with_intermediates(std::span<const float> window,
                                              std::span<float> logits,
                                              const TensorSink& sink) const;

  /// K.
  [[nodiscard]] int classes() const;
  /// For people, for example "cpu, 2 threads, bfloat16".
  [[nodiscard]] const std::string& device() const;

 private:
  struct Network;
  struct Text;
  LaCaf(std::shared_ptr<const Network> network, std::shared_ptr<const Text> text);
  std::shared_ptr<const Network> network_;
  std::shared_ptr<const Text> text_;
};

}  // namespace hilum::model
