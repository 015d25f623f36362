#include "model/lacaf.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "model/device_sliding_window.h"
#include "model/lacaf_cpu.h"
#include "model/lacaf_cuda.h"
#include "model/lacaf_graph.h"
#include "model/parallel.h"
#include "model/torch_device.h"
#include "model/torch_guard.h"

namespace hilum::model {
namespace {

using at::Tensor;

/// Windows of 96 voxels at w = 32 take 1.2 GB each in bfloat16 with cuDNN's work space.
constexpr int kLargestCudaBatch = 8;

/// OpenMP keeps its number of threads per calling thread. Only where it differs: LibTorch makes a
/// pool of threads anew each time that it is told a number, which then spins beside the work.
void use_threads(int threads) {
  if (at::get_num_threads() != threads) at::set_num_threads(threads);
}

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor flat = tensor.to(at::kCPU).contiguous();
  const float* data = flat.data_ptr<float>();
  return {data, data + flat.numel()};
}

WeightTable copy_weights(const ModelBundle& bundle, const LaCafSize& size, at::Device on) {
  WeightTable weights;
  for (const ParameterShape& parameter : lacaf_parameters(size)) {
    const auto values = bundle.tensor(parameter.name);
    // `from_blob` wants a mutable pointer but `clone` only reads it.
    const Tensor view = at::from_blob(const_cast<float*>(values.data()), parameter.shape);
    weights.emplace(parameter.name, view.clone().to(on));
  }
  return weights;
}

/// The precision meant by kAuto on `device`, or the one asked for if it can be had there.
Result<Precision> precision_for(const at::Device& device, const DeviceOptions& options) {
  if (options.path == ComputePath::kReference) return Precision::kFloat32;
  const bool cpu = device.is_cpu();
  switch (options.precision) {
    case Precision::kAuto:
      return !cpu || cpu_has_bfloat16() ? Precision::kBFloat16 : Precision::kFloat32;
    case Precision::kTf32:
    case Precision::kFloat16:
      if (!cpu) break;
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("precision {} exists on CUDA devices only: use auto, float32 or "
                               "bfloat16",
                               to_string(options.precision))};
    case Precision::kBFloat16:
      if (!cpu || cpu_has_bfloat16()) break;
      return Error{ErrorCode::kInvalidInput,
                   "this processor has no bfloat16 arithmetic: use precision auto or float32"};
    case Precision::kFloat32:
      break;
  }
  return options.precision;
}

}  // namespace

struct LaCaf::Network {
  Network(const ModelBundle& bundle, at::Device where)
      : size(bundle.manifest().size()), on(where), weights(copy_weights(bundle, size, on)) {}

  [[nodiscard]] Tensor reference(const Tensor& window, const LaCafGraph::Text& text,
                                 const TensorSink& sink) const {
    const LaCafGraph::Features features = graph.backbone(window);
    const Tensor feature = graph.image_feature(features.deep);
    const Tensor parameters = graph.controller(feature, text);
    const Tensor input = graph.head_input(features.shallow);
    if (sink) {
      const auto give = [&](const char* name, const Tensor& t) { sink(name, to_vector(t)); };
      give("dec4", features.deep);
      give("up64", features.shallow);
      give("head_input", input);
      give("image_feature", feature);
      give("text_adapted", text.adapted);
      give("controller_params", parameters);
    }
    return graph.head(input, parameters);
  }

  LaCafSize size;
  at::Device on;
  WeightTable weights;
  LaCafGraph graph{size, weights};
  std::unique_ptr<LaCafCpu> cpu;    ///< the fast path of the CPU, when it is wanted
  std::unique_ptr<LaCafCuda> cuda;  ///< likewise of CUDA
  std::string description;
  int threads = 1;  ///< of LibTorch
};

struct LaCaf::Text : LaCafGraph::Text {};

LaCaf::LaCaf(std::shared_ptr<const Network> network, std::shared_ptr<const Text> text)
    : network_(std::move(network)), text_(std::move(text)) {}

int LaCaf::classes() const { return static_cast<int>(text_->adapted.size(0)); }
const std::string& LaCaf::device() const { return network_->description; }

Result<LaCaf> LaCaf::load(const ModelBundle& bundle, const DeviceOptions& options) {
  return guarded("load the model", [&]() -> Result<LaCaf> {
    const c10::InferenceMode inference;
    auto device = parse_device(options.device);
    if (!device) return std::move(device).error();
    auto precision = precision_for(*device, options);
    if (!precision) return std::move(precision).error();
    const int threads = thread_count(options.threads);
    use_threads(threads);
    // TF32 would make results differ between devices by more than the golden cases allow, so it is
    // used only where it is asked for.
    const bool tf32 = *precision == Precision::kTf32;
    at::globalContext().setAllowTF32CuDNN(tf32);
    at::globalContext().setAllowTF32CuBLAS(tf32);

    auto network = std::make_shared<Network>(bundle, *device);
    network->threads = threads;
    if (options.path == ComputePath::kFast) {
      if (device->is_cpu()) {
        const auto type = *precision == Precision::kBFloat16 ? at::kBFloat16 : at::kFloat;
        network->cpu = std::make_unique<LaCafCpu>(network->size, network->weights, type);
      } else {
        network->cuda = std::make_unique<LaCafCuda>(network->size, network->weights, *precision);
      }
    }
    network->description = fmt::format(
        "{}, {}{}",
        device->is_cpu() ? fmt::format("cpu, {} thread{}", threads, threads == 1 ? "" : "s")
                         : device->str(),
        to_string(*precision), options.path == ComputePath::kReference ? ", reference path" : "");
    return LaCaf(std::move(network), nullptr).with_text(bundle.tensor("organ_embedding"));
  });
}

Result<LaCaf> LaCaf::with_text(std::span<const float> features) const {
  return guarded("read the text features", [&]() -> Result<LaCaf> {
    const c10::InferenceMode inference;
    const auto classes = static_cast<std::int64_t>(features.size()) / kTextFeatures;
    if (network_->size.text_adapter == TextAdapter::kPerClass &&
        classes != network_->size.classes) {
      return Error{
          ErrorCode::kInvalidInput,
          fmt::format("the network has an adapter for each of its {} classes and cannot be "
                      "asked for {}",
                      network_->size.classes, classes)};
    }
    const Tensor embedding =
        at::from_blob(const_cast<float*>(features.data()), {classes, kTextFeatures})
            .clone()
            .to(network_->on);
    auto text = std::make_shared<Text>(Text{network_->graph.text(embedding)});
    if (text->attention.isfinite().all().item<bool>()) return LaCaf(network_, std::move(text));
    return Error{ErrorCode::kInvalidInput,
                 "the text features of all classes are the same, so attention between them is not "
                 "defined: make the bundle again from distinct prompts"};
  });
}

Status LaCaf::run(std::span<const float> windows, std::span<float> logits) const {
  return guarded("run the model on a window", [&]() -> Status {
    const c10::InferenceMode inference;
    use_threads(network_->threads);
    const std::int64_t w = network_->size.window;
    const std::int64_t classes = this->classes();
    const auto voxels = static_cast<std::size_t>(w * w * w);
    const std::size_t outputs = static_cast<std::size_t>(classes) * voxels;
    const std::size_t count = windows.size() / voxels;
    if (windows.size() != count * voxels || logits.size() != count * outputs) {
      return Error{ErrorCode::kInternal, "the windows' size is not the model's"};
    }
    if (network_->cuda) {
      const Tensor input = at::from_blob(const_cast<float*>(windows.data()),
                                         {static_cast<std::int64_t>(count), 1, w, w, w});
      at::from_blob(logits.data(), {static_cast<std::int64_t>(count), classes, w, w, w})
          .copy_(network_->cuda->run(input.to(network_->on), *text_));
      return ok();
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto window = windows.subspan(i * voxels, voxels);
      const auto output = logits.subspan(i * outputs, outputs);
      if (network_->cpu) {
        network_->cpu->run(window, *text_, output);
      } else if (auto done = run_with_intermediates(window, output, {}); !done) {
        return done;
      }
    }
    return ok();
  });
}

Result<std::vector<float>> LaCaf::sliding_window(std::span<const float> image, const GridSize& size,
                                                 const SlidingWindowOptions& options,
                                                 const WindowPlan& plan,
                                                 const RunControl& control) const {
  if (network_->cuda) {
    const c10::InferenceMode inference;
    return device_sliding_window(
        image, size, options, plan,
        {.run = [&](const Tensor& windows) { return network_->cuda->run(windows, *text_); },
         .device = network_->on,
         .largest_batch = kLargestCudaBatch},
        control);
  }
  return model::sliding_window(
      image, size, options, plan,
      [this](std::span<const float> window, std::span<float> logits) {
        return run(window, logits);
      },
      control);
}

Status LaCaf::run_with_intermediates(std::span<const float> window, std::span<float> logits,
                                     const TensorSink& sink) const {
  return guarded("run the model on a window", [&]() -> Status {
    const c10::InferenceMode inference;
    use_threads(network_->threads);
    const std::int64_t w = network_->size.window;
    const Tensor input =
        at::from_blob(const_cast<float*>(window.data()), {1, 1, w, w, w}).to(network_->on);
    at::from_blob(logits.data(), {1, classes(), w, w, w})
        .copy_(network_->reference(input, *text_, sink));
    return ok();
  });
}

}  // namespace hilum::model
