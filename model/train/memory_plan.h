#pragma once

#include <optional>
#include <string>

namespace hilum::model::train {

/// What is kept of the forward pass for the backward pass.
enum class Activations {
  kKept,        ///< everything
  kRecomputed,  ///< each level's input; the rest of the level is computed a second time
};

/// How a training step is fitted into memory. Every plan computes the same gradients (up to the
/// order of float sums): windows do not influence each other, see lacaf_graph.h.
struct MemoryPlan {
  Activations activations = Activations::kKept;
  int windows_at_once = 4;  ///< of a batch; the rest is accumulated
  bool operator==(const MemoryPlan&) const = default;
};

/// The next plan to try when memory did not suffice: first recompute, which costs a third of the
/// speed, then fewer windows at once. Nothing when there is none.
inline std::optional<MemoryPlan> smaller_plan(const MemoryPlan& plan) {
  if (plan.activations == Activations::kKept) {
    return MemoryPlan{Activations::kRecomputed, plan.windows_at_once};
  }
  if (plan.windows_at_once > 1) {
    return MemoryPlan{plan.activations, plan.windows_at_once / 2};
  }
  return std::nullopt;
}

}  // namespace hilum::model::train
