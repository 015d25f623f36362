#include "model/lacaf.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <unordered_map>
#include <utility>
#include <vector>

#include "model/parallel.h"
#include "model/torch_device.h"
#include "model/torch_guard.h"

namespace hilum::model {
namespace {

using at::Tensor;

constexpr double kNormEpsilon = 1e-5;

std::vector<float> to_vector(const Tensor& tensor) {
  const Tensor flat = tensor.to(at::kCPU).contiguous();
  const float* data = flat.data_ptr<float>();
  return {data, data + flat.numel()};
}

}  // namespace

/// Functions of tensors over a table of weights; see README.md for the mathematics.
struct LaCaf::Network {
  Network(const ModelBundle& bundle, at::Device where) : size(bundle.manifest().size()), on(where) {
    for (const ParameterShape& parameter : lacaf_parameters(size)) {
      const auto values = bundle.tensor(parameter.name);
      // `from_blob` wants a mutable pointer but `clone` only reads it.
      const Tensor view = at::from_blob(const_cast<float*>(values.data()), parameter.shape);
      weights.emplace(parameter.name, view.clone().to(on));
    }
  }

  [[nodiscard]] const Tensor& weight(const std::string& name) const { return weights.at(name); }

  [[nodiscard]] Tensor linear(const Tensor& x, const std::string& layer) const {
    return at::linear(x, weight(layer + ".weight"), weight(layer + ".bias"));
  }
  /// A 1x1x1 convolution applied to one vector: a matrix product.
  [[nodiscard]] Tensor pointwise(const Tensor& x, const std::string& layer) const {
    return at::linear(x, weight(layer + ".weight").flatten(1), weight(layer + ".bias"));
  }
  [[nodiscard]] Tensor conv_block(const Tensor& x, const std::string& block) const {
    const Tensor y = at::conv3d(x, weight(block + ".conv1.weight"), weight(block + ".conv1.bias"),
                                /*stride=*/1, /*padding=*/1);
    // The reference's batch norm uses the statistics of its one-window batch even at inference,
    // which is instance norm.
    return at::instance_norm(y, weight(block + ".bn1.weight"), weight(block + ".bn1.bias"), {}, {},
                             /*use_input_stats=*/true, /*momentum=*/0, kNormEpsilon,
                             /*cudnn_enabled=*/true)
        .relu_();
  }
  [[nodiscard]] Tensor two_convs(const Tensor& x, std::string_view block) const {
    return conv_block(conv_block(x, fmt::format("backbone.{}.ops.0", block)),
                      fmt::format("backbone.{}.ops.1", block));
  }
  /// Transposed convolution 2x2x2 with stride 2. Its outputs do not overlap, so it is a pointwise
  /// convolution to 8 times the channels, laid out as 2x2x2 blocks: 20 times as fast on the CPU as
  /// LibTorch's general `conv_transpose3d`.
  [[nodiscard]] Tensor up_conv(const Tensor& x, const std::string& layer) const {
    const Tensor& kernel = weight(layer + ".weight");  // [in, out, 2, 2, 2]
    const std::int64_t out = kernel.size(1);
    const std::int64_t n = x.size(2);
    const Tensor blocks =
        at::conv3d(x, kernel.flatten(1).t().contiguous().view({out * 8, kernel.size(0), 1, 1, 1}));
    return blocks.view({1, out, 2, 2, 2, n, n, n})
        .permute({0, 1, 5, 2, 6, 3, 7, 4})
        .reshape({1, out, 2 * n, 2 * n, 2 * n})
        .add_(weight(layer + ".bias").view({1, out, 1, 1, 1}));
  }
  /// Takes its inputs by value so that they are freed before the convolutions need their memory.
  [[nodiscard]] Tensor up(Tensor x, Tensor skip, std::string_view block) const {
    x = up_conv(x, fmt::format("backbone.{}.up_conv", block));
    x = at::cat({x, std::exchange(skip, {})}, 1);
    return two_convs(x, block);
  }
  [[nodiscard]] Tensor group_norm_relu(const Tensor& x, const std::string& layer) const {
    return at::group_norm(x, group_count(static_cast<int>(x.size(1))), weight(layer + ".weight"),
                          weight(layer + ".bias"), kNormEpsilon)
        .relu_();
  }

  struct Features {
    Tensor deep;     ///< "dec4", the bottleneck: [1, 16w, n, n, n]
    Tensor shallow;  ///< "up64", the decoder's output: [1, 2w, window, window, window]
  };
  [[nodiscard]] Features backbone(const Tensor& window) const {
    Tensor skip64 = two_convs(window, "down_tr64");
    Tensor skip128 = two_convs(at::max_pool3d(skip64, 2), "down_tr128");
    Tensor skip256 = two_convs(at::max_pool3d(skip128, 2), "down_tr256");
    const Tensor deep = two_convs(at::max_pool3d(skip256, 2), "down_tr512");
    Tensor x = up(deep, std::move(skip256), "up_tr256");
    x = up(std::move(x), std::move(skip128), "up_tr128");
    x = up(std::move(x), std::move(skip64), "up_tr64");
    return {.deep = deep, .shallow = x};
  }

  /// Text features after their adapters, [K, 256].
  [[nodiscard]] Tensor adapted_text() const {
    std::vector<Tensor> rows;
    for (int k = 0; k < size.classes; ++k) {
      const std::string adapter = fmt::format("txtAdapter.{}.D_fc", k);
      const Tensor hidden = at::gelu(linear(weight("organ_embedding")[k], adapter + "1"));
      rows.push_back(linear(hidden, adapter + "2"));
    }
    return at::stack(rows).relu_();
  }

  /// Fills `text` and `attention`: what depends on the text alone.
  Status prepare_text() {
    text = adapted_text();
    Tensor similarity = at::matmul(text, text.t());
    if (size.classes > 1) {
      const Tensor low = similarity.min();
      const Tensor range = similarity.max() - low;
      if (range.item<float>() <= 0) {
        return Error{ErrorCode::kInvalidInput,
                     "the text features of all classes are the same, so attention between them is "
                     "not defined: make the bundle again from distinct prompts"};
      }
      similarity = (similarity - low) / range;
    }
    // Every class attends to the same image feature f, so its share is the row's sum times f.
    attention = similarity.sum(1, /*keepdim=*/true);
    return ok();
  }

  /// Image feature f [256]: the learned pooling of the bottleneck, one axis after the other.
  [[nodiscard]] Tensor image_feature(const Tensor& deep) const {
    Tensor x = group_norm_relu(deep, "Feature_adapter1.0").squeeze(0);
    for (int axis = 0; axis < 3; ++axis) {
      const Tensor hidden = at::gelu(linear(x, "Feature_adapter2.0.D_fc1"));
      x = linear(hidden, "Feature_adapter2.0.D_fc2").squeeze(-1);
    }
    return pointwise(x.relu_(), "Feature_adapter3.0");
  }

  /// The numbers of every class's head, [K, 153].
  [[nodiscard]] Tensor controller(const Tensor& feature) const {
    return pointwise(at::cat({attention * feature, text}, 1), "controller");
  }

  /// Logits [1, K, w, w, w] of head input [1, 8, w, w, w]: per class 8 -> 8 -> 8 -> 1, one class
  /// after the other, so that only one class's hidden layers exist at a time.
  [[nodiscard]] Tensor head(const Tensor& input, const Tensor& parameters) const {
    constexpr std::int64_t c = kHeadChannels;
    std::vector<Tensor> logits;
    for (int k = 0; k < size.classes; ++k) {
      const auto parts = parameters[k].split_with_sizes({c * c, c * c, c, c, c, 1});
      Tensor x = at::conv3d(input, parts[0].view({c, c, 1, 1, 1}), parts[3]).relu_();
      x = at::conv3d(x, parts[1].view({c, c, 1, 1, 1}), parts[4]).relu_();
      logits.push_back(at::conv3d(x, parts[2].view({1, c, 1, 1, 1}), parts[5]));
    }
    return at::cat(logits, 1);
  }

  [[nodiscard]] Tensor forward(const Tensor& window, const TensorSink& sink) const {
    Features features = backbone(window);
    const Tensor feature = image_feature(features.deep);
    const Tensor parameters = controller(feature);
    const Tensor input = at::conv3d(group_norm_relu(features.shallow, "precls_conv.0"),
                                    weight("precls_conv.2.weight"), weight("precls_conv.2.bias"));
    if (sink) {
      const auto give = [&](const char* name, const Tensor& t) { sink(name, to_vector(t)); };
      give("dec4", features.deep);
      give("up64", features.shallow);
      give("head_input", input);
      give("image_feature", feature);
      give("text_adapted", text);
      give("controller_params", parameters);
    }
    return head(input, parameters);
  }

  LaCafSize size;
  at::Device on;
  std::unordered_map<std::string, Tensor> weights;
  Tensor text;       ///< T, [K, 256]
  Tensor attention;  ///< row sums of the attention matrix, [K, 1]
  std::string description;
};

LaCaf::LaCaf(std::unique_ptr<Network> network) : network_(std::move(network)) {}
LaCaf::LaCaf(LaCaf&&) noexcept = default;
LaCaf& LaCaf::operator=(LaCaf&&) noexcept = default;
LaCaf::~LaCaf() = default;

const std::string& LaCaf::device() const { return network_->description; }

Result<LaCaf> LaCaf::load(const ModelBundle& bundle, const DeviceOptions& options) {
  return guarded("load the model", [&]() -> Result<LaCaf> {
    const c10::InferenceMode inference;
    auto device = parse_device(options.device);
    if (!device) return std::move(device).error();
    const int threads = thread_count(options.threads);
    at::set_num_threads(threads);
    // TF32 would make results differ between devices by more than the golden cases allow.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);

    auto network = std::make_unique<Network>(bundle, *device);
    if (auto prepared = network->prepare_text(); !prepared) return std::move(prepared).error();
    network->description = device->is_cpu() ? fmt::format("cpu, {} thread{}, float32", threads,
                                                          threads == 1 ? "" : "s")
                                            : fmt::format("{}, float32", device->str());
    return LaCaf(std::move(network));
  });
}

Status LaCaf::run(std::span<const float> window, std::span<float> logits,
                  const TensorSink& sink) const {
  return guarded("run the model on a window", [&]() -> Status {
    const c10::InferenceMode inference;
    at::init_num_threads();  // OpenMP keeps its thread count per calling thread
    const std::int64_t w = network_->size.window;
    const std::int64_t classes = network_->size.classes;
    if (std::cmp_not_equal(window.size(), w * w * w) ||
        std::cmp_not_equal(logits.size(), classes * w * w * w)) {
      return Error{ErrorCode::kInternal, "the window's size is not the model's"};
    }
    const Tensor input =
        at::from_blob(const_cast<float*>(window.data()), {1, 1, w, w, w}).to(network_->on);
    at::from_blob(logits.data(), {1, classes, w, w, w}).copy_(network_->forward(input, sink));
    return ok();
  });
}

}  // namespace hilum::model
