#include "model/train/recompute.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

namespace hilum::model::train {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What the backward pass needs beside tensors.
struct LevelHolder : torch::CustomClassHolder {
  LevelHolder(Level the_level, std::size_t activation_count)
      : level(std::move(the_level)), activations(activation_count) {}
  Level level;
  std::size_t activations;  ///< the first of the inputs; weights follow
};
using LevelPtr = c10::intrusive_ptr<LevelHolder>;

at::Tensor compute(const LevelHolder& holder, const variable_list& inputs) {
  const auto first_weight = inputs.begin() + static_cast<std::ptrdiff_t>(holder.activations);
  WeightTable table;
  for (std::size_t i = 0; i < holder.level.names.size(); ++i) {
    table.emplace(holder.level.names[i], *(first_weight + static_cast<std::ptrdiff_t>(i)));
  }
  return holder.level.compute(LaCafGraph(holder.level.size, table), {inputs.begin(), first_weight});
}

struct Recompute : torch::autograd::Function<Recompute> {
  /// LibTorch turns recording off while this runs.
  static at::Tensor forward(AutogradContext* context, const LevelPtr& holder,
                            at::TensorList arguments) {
    const variable_list inputs = arguments.vec();
    context->saved_data["level"] = c10::IValue::make_capsule(holder);
    context->save_for_backward(inputs);
    return compute(*holder, inputs);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto holder =
        c10::static_intrusive_pointer_cast<LevelHolder>(context->saved_data["level"].toCapsule());
    const variable_list saved = context->get_saved_variables();
    variable_list inputs;
    variable_list wanted;
    for (const at::Tensor& tensor : saved) {
      inputs.push_back(tensor.detach().requires_grad_(tensor.requires_grad()));
      if (tensor.requires_grad()) wanted.push_back(inputs.back());
    }
    const at::AutoGradMode record(true);
    const at::Tensor output = compute(*holder, inputs);
    const variable_list found = torch::autograd::grad({output}, wanted, gradients);
    // One per argument of `forward`; the level itself has none.
    variable_list result(1);
    std::size_t next = 0;
    for (const at::Tensor& tensor : saved) {
      result.push_back(tensor.requires_grad() ? found[next++] : at::Tensor());
    }
    return result;
  }
};

}  // namespace

at::Tensor recomputed(const Level& level, const std::vector<at::Tensor>& activations,
                      const std::vector<at::Tensor>& weights) {
  variable_list inputs = activations;
  inputs.insert(inputs.end(), weights.begin(), weights.end());
  // As a TensorList: LibTorch does not look for variables in a vector.
  return Recompute::apply(c10::make_intrusive<LevelHolder>(level, activations.size()),
                          at::TensorList(inputs));
}

}  // namespace hilum::model::train
