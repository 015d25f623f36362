#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hilum::model {

/// Whose text features a text adapter was made for.
enum class TextAdapter {
  kPerClass,  ///< the paper's: `txtAdapter.k` belongs to class k and knows its phrase only
  kShared,    ///< one `txtAdapter` for every prompt, so that prompts are free at inference
};

/// How image and text meet in front of the controller.
enum class Fusion {
  kAttention,      ///< the paper's: the image feature times the row's sum of the attention matrix
  kConcatenation,  ///< ablation: the image feature as it is
};

/// How the bottleneck becomes one image feature.
enum class Pooling {
  kAdapter,  ///< the paper's: a learned map along Z, then Y, then X
  kAverage,  ///< ablation: the mean over the window; no `Feature_adapter2` exists
};

/// What fixes the shapes of a LA-CAF network and what it computes.
struct LaCafSize {
  int width = 32;   ///< base width w of the U-Net; the paper's is 32
  int classes = 4;  ///< K
  int window = 96;  ///< edge of the cubic input window in voxels, a multiple of 8
  TextAdapter text_adapter = TextAdapter::kPerClass;
  Fusion fusion = Fusion::kAttention;
  Pooling pooling = Pooling::kAdapter;
};

inline constexpr int kTextFeatures = 512;  ///< of CLIP ViT-B/32
inline constexpr int kTextAdapterHidden = 128;
inline constexpr int kFusedFeatures = 256;  ///< of the text and of the image branch each
inline constexpr int kHeadChannels = 8;
/// Numbers that the controller makes per class: W0 8x8, W1 8x8, W2 1x8, b0 8, b1 8, b2 1.
inline constexpr int kHeadParameters = 153;
inline constexpr int kDownsampling = 8;  ///< window / bottleneck edge

struct ParameterShape {
  std::string name;  ///< as in the reference implementation's state dict
  std::vector<std::int64_t> shape;
};

/// Every tensor that the forward pass reads, in the order of the reference implementation's state
/// dict (arXiv 2501.03722; public implementation): `organ_embedding` [K, 512], text adapters (or
/// the shared one), backbone, head, image branch, controller. Parameters that the reference
/// declares but never reads, and running statistics, are not among them.
std::vector<ParameterShape> lacaf_parameters(const LaCafSize& size);

/// Name of the text adapter of class k without the layer: "txtAdapter.2", or "txtAdapter".
std::string text_adapter_name(TextAdapter kind, int k);

/// Groups of a GroupNorm over `channels`: the reference's 16, or the largest divisor of `channels`
/// that also divides 16, for narrow networks (gcd(16, channels)).
int group_count(int channels);

}  // namespace hilum::model
