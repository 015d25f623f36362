#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/manifest.h"
#include "model/safetensors.h"
#include "model/text_tower_parameters.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// A tensor of a bundle, stored or about to be.
struct TensorView {
  DType type = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};
using TensorViews = std::map<std::string, TensorView>;

/// The tensors of a file; valid as long as the file object.
TensorViews views_of(const SafetensorsFile& file);

/// SHA-256 over all that decides what the model computes: manifest, names, types, shapes, values
/// (README.md, "Bundle format"). Not the file's layout, so a rewritten file keeps its identity.
std::string bundle_digest(const Manifest& manifest, const TensorViews& tensors);

/// Whether `tensors` are exactly those that a bundle with this manifest has. kInvalidInput names
/// everything that is missing, surplus, misshapen or of another type in one message, or says what
/// is wrong with the merges.
Status check_bundle_tensors(const Manifest& manifest, const TensorViews& tensors);

/// The text of the merges tensor.
std::string_view merges_text(const TensorView& merges);

/// Checks manifest and tensors, writes them durably as a bundle and returns the digest.
Result<std::string> write_bundle(const std::filesystem::path& file, const Manifest& manifest,
                                 const TensorViews& tensors);

/// Shapes of the text tower's parameters, without the prefix, the merges not among them.
ShapeTable text_tower_shapes(const TensorViews& tensors);

}  // namespace hilum::model
