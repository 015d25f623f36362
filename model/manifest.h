#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/lacaf_parameters.h"
#include "model/standard_classes.h"
#include "model/tokenizer.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// What the manifest says about a text tower that travels in the bundle; sizes follow from its
/// weights.
struct TextTowerSpec {
  TokenizerKind tokenizer = TokenizerKind::kBytes;
  bool operator==(const TextTowerSpec&) const = default;
};

/// Who says whether a vessel is left or right.
enum class SideSource {
  kNetwork,  ///< the paper's: every class has its own side
  kAnatomy,  ///< the network tells artery from vein; the side is that of the lung it belongs to
};

/// Everything about a model but its numbers: what it is, what it segments, and how its input is
/// made. Stored as JSON in the bundle (README.md, "Bundle format"). A value from `parse_manifest`
/// or accepted by `check_manifest` is within the limits that the rest of this folder relies on.
struct Manifest {
  static constexpr int kFormat = 3;  ///< the bundle format that this code reads and writes

  std::string name;      ///< algorithm name, 1..64 characters
  std::string version;   ///< of the model, 1..64 characters
  bool trained = false;  ///< false: generated weights, good for tests and trials only
  int base_width = 32;   ///< w of la-caf
  TextAdapter text_adapter = TextAdapter::kPerClass;
  Fusion fusion = Fusion::kAttention;
  Pooling pooling = Pooling::kAdapter;
  SideSource side = SideSource::kNetwork;
  std::optional<TextTowerSpec> text_tower;  ///< when the bundle can embed prompts by itself
  std::vector<ModelClass> classes;
  std::array<double, 3> spacing_mm{1.5, 1.5, 1.5};  ///< of the model grid along R, A, S
  int window = 96;                                  ///< edge of the cubic window in voxels
  std::array<double, 2> hu_range{-700, 300};        ///< mapped to 0..1, clipped
  double threshold = 0.5;                           ///< a class is present where p exceeds it
  double overlap = 0.5;                             ///< of neighbouring windows, as a fraction
  std::map<std::string, std::string> provenance;    ///< where weights and data come from, in words

  [[nodiscard]] LaCafSize size() const {
    return {.width = base_width,
            .classes = static_cast<int>(classes.size()),
            .window = window,
            .text_adapter = text_adapter,
            .fusion = fusion,
            .pooling = pooling};
  }
  bool operator==(const Manifest&) const = default;
};

/// A manifest as found in a bundle, with the digest that the bundle claims.
struct StoredManifest {
  Manifest manifest;
  std::string sha256;  ///< 64 lower-case hexadecimal digits
};

// As manifests and people write them.
std::string_view to_string(TextAdapter kind);  ///< "per_class" or "shared"
std::string_view to_string(Fusion fusion);     ///< "attention" or "concatenation"
std::string_view to_string(Pooling pooling);   ///< "adapter" or "average"
std::string_view to_string(SideSource side);   ///< "network" or "anatomy"

/// Checks every limit; kInvalidInput names the field.
Status check_manifest(const Manifest& manifest);

/// Reads the manifest of a bundle. kUnsupported for another bundle format, with what to do about
/// it; kInvalidInput for a missing, unknown, mistyped or out-of-range field, naming it.
Result<StoredManifest> parse_manifest(std::string_view json);

/// The one spelling of a manifest: JSON without white space, keys sorted, without the digest.
std::string canonical_json(const Manifest& manifest);
/// `canonical_json` with the digest: what a bundle stores.
std::string stored_json(const Manifest& manifest, const std::string& sha256);

}  // namespace hilum::model
