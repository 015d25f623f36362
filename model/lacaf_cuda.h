#pragma once

#include <ATen/ATen.h>

#include "model/lacaf_graph.h"
#include "model/precision.h"

namespace hilum::model {

/// The LA-CAF network for CUDA: batches of windows, channels last, convolutions on tensor cores.
/// cuDNN tries its algorithms on the first batch of each size (`warm_up`), so every batch has the
/// same size where it can.
///
/// For .cpp files of this folder only. One `run` at a time. Errors are c10 exceptions.
class LaCafCuda {
 public:
  LaCafCuda(const LaCafSize& size, const WeightTable& weights, Precision precision);

  /// Logits [N, K, w, w, w] in float of windows [N, 1, w, w, w], both on the device.
  [[nodiscard]] at::Tensor run(const at::Tensor& windows, const LaCafGraph::Text& text) const;

 private:
  [[nodiscard]] at::Tensor head(const at::Tensor& shallow, const at::Tensor& parameters) const;

  LaCafSize size_;
  WeightTable cast_;  ///< the backbone in the convolutions' type, channels last; the rest in float
  LaCafGraph graph_;
  at::ScalarType type_;
};

}  // namespace hilum::model
