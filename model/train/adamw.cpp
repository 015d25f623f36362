#include "model/train/adamw.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

namespace hilum::model::train {

void AdamW::update(const Step& step, const at::Tensor& gradient, at::Tensor& weight,
                   Moments& moments) const {
  const at::NoGradGuard no_grad;
  const auto number = static_cast<double>(step.number);
  const double correction1 = 1 - std::pow(beta1, number);
  const double correction2 = 1 - std::pow(beta2, number);
  // In PyTorch's order of operations, so that both give the same numbers.
  weight.mul_(1 - step.learning_rate * weight_decay);
  moments.first.mul_(beta1).add_(gradient, 1 - beta1);
  moments.second.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
  const at::Tensor scale = (moments.second.sqrt() / std::sqrt(correction2)).add_(epsilon);
  weight.addcdiv_(moments.first, scale, -step.learning_rate / correction1);
}

}  // namespace hilum::model::train
