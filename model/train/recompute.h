#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "model/lacaf_graph.h"

namespace hilum::model::train {

/// A part of the network: computes its output from activations with a graph over its weights.
struct Level {
  LaCafSize size;
  std::vector<std::string> names;  ///< of the weights it reads
  std::function<at::Tensor(const LaCafGraph&, const std::vector<at::Tensor>&)> compute;
};

/// The output of `level`, keeping only its inputs for the backward pass, which computes the rest a
/// second time (gradient checkpointing, Chen et al., arXiv 1604.06174). `weights` are those of
/// `level.names`, in that order. Same gradients as without. For .cpp files of this folder only.
at::Tensor recomputed(const Level& level, const std::vector<at::Tensor>& activations,
                      const std::vector<at::Tensor>& weights);

}  // namespace hilum::model::train
