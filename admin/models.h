#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "config/config.h"
#include "pipeline/domain/examiner.h"
#include "pipeline/domain/ports.h"
#include "pipeline/domain/virtual_node.h"

namespace hilum::admin {

/// What segments, and what looks at its results.
struct LoadedModel {
  std::unique_ptr<Segmenter> segmenter;
  std::unique_ptr<Examiner> examiner;
};

/// For people: "Left pulmonary vein, Right pulmonary vein".
std::string segments_text(const ModelInfo& model);

/// What each of our nodes segments with: one model, whose weights are there once.
struct NodeModels {
  LoadedModel main;
  std::map<VirtualNode, LoadedModel> others;  ///< of those that look for classes of their own

  [[nodiscard]] const LoadedModel& of(const VirtualNode& node) const {
    const auto own = others.find(node);
    return own == others.end() ? main : own->second;
  }
};

/// The file of the model to use: the configured bundle; or else the one that comes with the
/// program, `default.safetensors` beside it or in `../share/hilum`; or else the deterministic
/// untrained one, which is made in `models` on first use.
Result<std::filesystem::path> bundle_file(const config::ModelConfig& config,
                                          const std::filesystem::path& models);

/// With the classes that the configuration asks for. Errors of `bundle_file`, of opening a bundle
/// and making a segmenter, and of `configured_classes`.
Result<LoadedModel> load_model(const config::ModelConfig& config,
                               const std::filesystem::path& models);

/// The same for all our nodes. An error about a virtual node's classes names it.
Result<NodeModels> load_models(const config::Config& config, const std::filesystem::path& models);

}  // namespace hilum::admin
