#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace hilum::model::train {

/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) as PyTorch computes it. Own code because its
/// state must be saved and restored to the last bit, and torch::optim stores it in an archive of
/// its own only. For .cpp files of this folder only, because it speaks of ATen.
struct AdamW {
  double weight_decay = 1e-5;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;

  /// A parameter's moments, of its shape, zero in the beginning.
  struct Moments {
    at::Tensor first;   ///< mean of the gradients
    at::Tensor second;  ///< mean of their squares
  };
  /// Which step this is, counted from 1, and its learning rate.
  struct Step {
    std::int64_t number;
    double learning_rate;
  };
  /// Changes `weight` and `moments` in place; `weight` may be a leaf that requires gradients.
  void update(const Step& step, const at::Tensor& gradient, at::Tensor& weight,
              Moments& moments) const;
};

}  // namespace hilum::model::train
