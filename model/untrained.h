#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "model/manifest.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// Whether a generated bundle can embed prompts by itself.
enum class UntrainedTower {
  kNone,
  kBytes,  ///< byte tokens, width 128, 3 layers, 77 tokens, 512 features
};

struct UntrainedOptions {
  int width = 8;           ///< base width; 8 takes about a sixteenth of the paper's 32 in time
  std::uint64_t seed = 1;  ///< 0 gives the golden cases' weights
  int window = 96;         ///< voxels
  double overlap = 0.5;    ///< of neighbouring windows; less is faster
  TextAdapter text_adapter = TextAdapter::kPerClass;
  UntrainedTower text_tower = UntrainedTower::kNone;
  Fusion fusion = Fusion::kAttention;
  Pooling pooling = Pooling::kAdapter;
  SideSource side = SideSource::kNetwork;
};

/// Writes a bundle with generated weights and text features and the four standard classes; its
/// manifest says that it is untrained. For tests, trials of an installation and benchmarks: what it
/// segments has no meaning. The text features are generated too, even where there is a text tower.
/// The same options always give the same bytes. Returns the SHA-256.
Result<std::string> write_untrained_bundle(const std::filesystem::path& file,
                                           const UntrainedOptions& options = {});

}  // namespace hilum::model
