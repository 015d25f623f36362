#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/bundle.h"

namespace hilum::model::train {

/// What of the language is learned.
enum class TextTraining {
  kFrozen,   ///< nothing: the text features stay as they are, as in the paper
  kTower,    ///< the text tower, together with the segmentation, so that prompts are free
  kVectors,  ///< one vector per class instead of any text (an ablation)
};
/// "frozen", "tower" or "vectors", as people write it.
Result<TextTraining> parse_text_training(std::string_view name);
std::string_view to_string(TextTraining text);

/// What a run starts from: everything of a bundle.
struct NetworkStart {
  Manifest manifest;
  /// All of `network_shapes`: `lacaf_parameters`, and a tower that learns.
  std::vector<Parameter> parameters;
  /// Where the text tower comes from when it does not learn; it goes over into the results. May be
  /// null.
  std::shared_ptr<const ModelBundle> text_from;
  TextTraining text = TextTraining::kFrozen;
  std::optional<TextTowerSize> tower;  ///< of the tower that learns
  bool tower_reads = false;            ///< it has learned before, and the network with it
};

/// Names and shapes of `NetworkStart::parameters`: `lacaf_parameters(size)`, then those of a tower
/// that learns with `kTextTowerPrefix` before their names.
std::vector<ParameterShape> network_shapes(const LaCafSize& size,
                                           const std::optional<TextTowerSize>& tower);

struct FreshNetwork {
  int width = 32;
  int window = 96;
  std::uint64_t seed = 1;
  /// Whose classes, prompts, text features, image contract and text tower are taken over; without
  /// it the four standard classes with generated text features, which tell the classes apart but
  /// know no language.
  std::shared_ptr<const ModelBundle> text_from;
  /// kTower: a new small tower that reads bytes, and one text adapter for all prompts.
  TextTraining text = TextTraining::kFrozen;
  SideSource side = SideSource::kNetwork;
  Fusion fusion = Fusion::kAttention;
  Pooling pooling = Pooling::kAdapter;
};

/// A network with new weights. kInvalidInput for a width or window beyond a bundle's limits, and
/// for a tower that learns together with `text_from`.
Result<NetworkStart> fresh_network(const FreshNetwork& options);

/// The network of a bundle, to be trained further. With kTower its tower learns on: kInvalidInput
/// when it has none that reads bytes.
Result<NetworkStart> network_of(std::shared_ptr<const ModelBundle> bundle,
                                TextTraining text = TextTraining::kFrozen);

/// Writes a bundle with these weights and whatever `start` carries. A bundle that `start` came from
/// goes over byte for byte but for the weights, which are then float32 whatever `storage` says.
/// Returns its SHA-256. Errors of `save_bundle`.
Result<std::string> save_network(const std::filesystem::path& file, const NetworkStart& start,
                                 const Manifest& manifest, std::span<const Parameter> parameters,
                                 Storage storage = Storage::kFloat32);

}  // namespace hilum::model::train
