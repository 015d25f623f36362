#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "model/bundle.h"

namespace hilum::model::train {

/// What a run starts from: everything of a bundle.
struct NetworkStart {
  Manifest manifest;
  std::vector<Parameter> parameters;  ///< all of `lacaf_parameters(manifest.size())`
  /// Where the text tower comes from, which goes over into the results; may be null.
  std::shared_ptr<const ModelBundle> text_from;
};

struct FreshNetwork {
  int width = 32;
  int window = 96;
  std::uint64_t seed = 1;
  /// Whose classes, prompts, text features, image contract and text tower are taken over; without
  /// it the four standard classes with generated text features, which tell the classes apart but
  /// know no language.
  std::shared_ptr<const ModelBundle> text_from;
};

/// A network with new weights. kInvalidInput for a width or window beyond a bundle's limits.
Result<NetworkStart> fresh_network(const FreshNetwork& options);

/// The network of a bundle, to be trained further.
NetworkStart network_of(std::shared_ptr<const ModelBundle> bundle);

/// Writes a bundle with these weights and whatever `start` carries. Returns its SHA-256. Errors of
/// `save_bundle`.
Result<std::string> save_network(const std::filesystem::path& file, const NetworkStart& start,
                                 const Manifest& manifest, std::span<const Parameter> parameters);

}  // namespace hilum::model::train
