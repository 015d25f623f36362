#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <span>
#include <vector>

#include "model/sliding_window.h"

namespace hilum::model {

/// A network on a device.
struct DeviceNetwork {
  /// Logits [N, C, w, w, w] in float of windows [N, 1, w, w, w], both on `device`.
  std::function<at::Tensor(const at::Tensor& windows)> run;
  at::Device device;
  int largest_batch = 1;
};

/// `sliding_window` on a device: the image is copied there once, windows are cut, weighted and
/// summed there in batches, and the weighted mean comes back once. When the device's memory does
/// not suffice for a batch, the batch is halved, down to one window; kNoSpace below that, which the
/// node answers by trying the job again later. Works on the CPU as well, where tests run it.
///
/// For .cpp files of this folder only. Errors of LibTorch other than memory are c10 exceptions.
Result<std::vector<float>> device_sliding_window(std::span<const float> image, const GridSize& size,
                                                 const SlidingWindowOptions& options,
                                                 const WindowPlan& plan,
                                                 const DeviceNetwork& network,
                                                 const RunControl& control);

}  // namespace hilum::model
