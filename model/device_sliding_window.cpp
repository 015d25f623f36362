#include "model/device_sliding_window.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "model/torch_guard.h"

namespace hilum::model {
namespace {

using at::Tensor;

/// The image with its padding, the sums and the weights, on the device.
class Canvas {
 public:
  Canvas(std::span<const float> image, const GridSize& size, const SlidingWindowOptions& options,
         const WindowPlan& plan, at::Device device)
      : size_(size), before_(plan.padding_before), window_(options.window) {
    GridSize padded{};
    for (std::size_t axis = 0; axis < 3; ++axis) padded[axis] = std::max(size[axis], window_);
    const auto on_device = at::TensorOptions().dtype(at::kFloat).device(device);
    image_ = at::zeros({padded[0], padded[1], padded[2]}, on_device);
    Tensor host = at::from_blob(const_cast<float*>(image.data()), {size[0], size[1], size[2]});
    // Pinned memory lets the copy run while the device does other work.
    if (device.is_cuda()) host = host.pin_memory();
    inside(image_).copy_(host, /*non_blocking=*/true);
    sums_ = at::zeros({options.channels, padded[0], padded[1], padded[2]}, on_device);
    weights_ = at::zeros({padded[0], padded[1], padded[2]}, on_device);
    const auto importance = gaussian_importance(window_);
    importance_ = at::from_blob(const_cast<float*>(importance.data()), {window_, window_, window_})
                      .clone()
                      .to(device);
  }

  /// [N, 1, w, w, w].
  [[nodiscard]] Tensor cut(std::span<const GridSize> starts) const {
    std::vector<Tensor> windows;
    for (const GridSize& start : starts) windows.push_back(part(image_, start));
    return at::stack(windows).unsqueeze(1);
  }

  void add(std::span<const GridSize> starts, const Tensor& logits) {
    for (std::size_t i = 0; i < starts.size(); ++i) {
      part(sums_, starts[i]).addcmul_(logits[static_cast<std::int64_t>(i)], importance_);
      part(weights_, starts[i]).add_(importance_);
    }
  }

  [[nodiscard]] std::vector<float> mean() const {
    const Tensor none = at::full({}, kNoLogit, sums_.options());
    const Tensor all = at::where(weights_ > 0, sums_ / weights_.clamp_min(1e-12), none);
    const Tensor result = inside(all).contiguous().to(at::kCPU);
    const float* data = result.data_ptr<float>();
    return {data, data + result.numel()};
  }

 private:
  /// The last three axes of `x`, from `start`, as long as the window.
  [[nodiscard]] Tensor part(const Tensor& x, const GridSize& start) const {
    Tensor result = x;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      result = result.narrow(static_cast<std::int64_t>(axis) - 3, start[axis], window_);
    }
    return result;
  }
  /// Without the padding.
  [[nodiscard]] Tensor inside(const Tensor& x) const {
    Tensor result = x;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      result = result.narrow(static_cast<std::int64_t>(axis) - 3, before_[axis], size_[axis]);
    }
    return result;
  }

  GridSize size_;
  GridSize before_;
  int window_;
  Tensor image_;
  Tensor sums_;
  Tensor weights_;
  Tensor importance_;
};

/// Logits of one batch, or nothing when memory does not suffice.
std::optional<Tensor> try_batch(const DeviceNetwork& network, const Tensor& windows) {
  try {
    return network.run(windows);
  } catch (const c10::Error& error) {
    if (torch_error("run a batch", error).code != ErrorCode::kNoSpace) throw;
  } catch (const std::bad_alloc&) {
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<float>> device_sliding_window(std::span<const float> image, const GridSize& size,
                                                 const SlidingWindowOptions& options,
                                                 const WindowPlan& plan,
                                                 const DeviceNetwork& network,
                                                 const RunControl& control) {
  Canvas canvas(image, size, options, plan, network.device);
  const std::span all(plan.starts);
  auto batch = static_cast<std::size_t>(network.largest_batch);
  for (std::size_t done = 0; done < all.size();) {
    if (control.stop.stop_requested()) {
      return Error{ErrorCode::kCancelled, "segmentation was stopped"};
    }
    const auto starts = all.subspan(done, std::min(batch, all.size() - done));
    const auto logits = try_batch(network, canvas.cut(starts));
    if (!logits) {
      if (batch == 1) return Error{ErrorCode::kNoSpace, "not enough memory to run one window"};
      batch /= 2;
      continue;
    }
    canvas.add(starts, *logits);
    done += starts.size();
    if (control.progress) {
      control.progress(static_cast<double>(done) / static_cast<double>(all.size()));
    }
  }
  return canvas.mean();
}

}  // namespace hilum::model
