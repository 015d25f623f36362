#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/lacaf_parameters.h"
#include "model/manifest.h"
#include "model/safetensors.h"
#include "model/text_tower_parameters.h"
#include "model/tokenizer.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"

namespace hilum::model {

struct TensorView;

/// A parameter with its values, row-major.
struct Parameter {
  ParameterShape shape;
  std::vector<float> values;
};

/// What a text tower is made from.
struct TextTowerWeights {
  TextTowerSize size;
  Tokenizer tokenizer;
  std::vector<Parameter> parameters;  ///< `text_tower_parameters(size)`, names without the prefix
};

/// A model as one file: a safetensors file with the manifest in its metadata (README.md, "Bundle
/// format"). An object exists only for a bundle whose digest was verified and whose tensors are
/// exactly those the architecture reads. Immutable, safe from any thread; holds the file in memory
/// and the network's weights in float32 beside it where they are stored as float16, so drop it once
/// a segmenter is made.
class ModelBundle {
 public:
  /// Metadata key of the manifest.
  static constexpr const char* kManifestKey = "hilum.manifest";

  /// kNotFound when there is no such file, kUnsupported for another bundle format, kInvalidInput
  /// when it is damaged or incomplete (the message names every missing, surplus or misshapen
  /// tensor), kNoSpace when memory does not suffice.
  static Result<ModelBundle> open(const std::filesystem::path& file);

  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  /// SHA-256 of manifest and tensors, 64 hexadecimal digits.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  /// Row-major values of a tensor of `lacaf_parameters(manifest().size())`; lives as long as the
  /// bundle. Asking for any other name is a bug.
  [[nodiscard]] std::span<const float> tensor(const std::string& name) const;
  /// What results say about this model; `device` is left empty.
  [[nodiscard]] ModelInfo info() const;

  [[nodiscard]] bool has_text_tower() const { return manifest_.text_tower.has_value(); }
  /// Of the text tower, or nothing without one.
  [[nodiscard]] std::optional<TextTowerSize> tower_size() const;
  /// A copy of the text tower in float32, 4 bytes for each of its numbers. kNotFound without one,
  /// kNoSpace when memory does not suffice.
  [[nodiscard]] Result<TextTowerWeights> text_tower() const;

  /// This bundle with another manifest and other values for the tensors in `changed`, in memory;
  /// its digest is that of the file that `save_changed` would write. kInvalidInput when that is no
  /// complete bundle, or a network of another form (`Fusion`, `Pooling`).
  [[nodiscard]] Result<ModelBundle> changed(Manifest manifest, std::vector<Parameter> changed) &&;

  /// Writes this bundle durably to `file`, which may be the one it came from, with another manifest
  /// and other values for the tensors in `changed`, stored as F32; all others that the manifest's
  /// network has go over byte for byte, and so does the text tower. Returns the SHA-256.
  /// kInvalidInput when that is no complete bundle.
  [[nodiscard]] Result<std::string> save_changed(const std::filesystem::path& file,
                                                 const Manifest& manifest,
                                                 std::span<const Parameter> changed) const;

 private:
  ModelBundle(SafetensorsFile file, Manifest manifest, std::string sha256)
      : file_(std::move(file)), manifest_(std::move(manifest)), sha256_(std::move(sha256)) {}

  [[nodiscard]] std::map<std::string, TensorView> views() const;

  SafetensorsFile file_;
  Manifest manifest_;
  std::string sha256_;
  std::map<std::string, std::vector<float>> widened_;  ///< of the network, stored as F16
  std::map<std::string, Parameter> changed_;           ///< instead of what the file holds
};

/// How weights are stored. They are computed with in float32 whatever this says.
enum class Storage {
  kFloat32,
  kFloat16,   ///< rounded to nearest: half the size
  kLossless,  ///< float16 for every tensor that loses nothing by it, float32 for the others
};

struct SaveOptions {
  Storage network = Storage::kFloat32;      ///< of the tensors of `lacaf_parameters`
  Storage text_tower = Storage::kLossless;  ///< OpenAI's CLIP weights are mostly float16
  /// Text of the merges file, needed for the tokenizer clip_bpe; what the vocabulary does not use
  /// is left out.
  std::string_view merges;
};

/// Writes a bundle durably and returns its SHA-256. The parameters may come in any order and must
/// be exactly `lacaf_parameters(manifest.size())` and, with a text tower in the manifest, all of
/// `text_tower_parameters` of one size with `kTextTowerPrefix` before their names. The same input
/// always gives the same bytes. kInvalidInput names everything that is wrong, also a value that
/// float16 cannot hold.
Result<std::string> save_bundle(const std::filesystem::path& file, const Manifest& manifest,
                                std::span<const Parameter> parameters,
                                const SaveOptions& options = {});

}  // namespace hilum::model
