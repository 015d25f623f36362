#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/lacaf_parameters.h"
#include "model/manifest.h"
#include "model/safetensors.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"

namespace hilum::model {

/// A model as one file: a safetensors file with the manifest in its metadata (README.md, "Bundle
/// format"). An object exists only for a bundle whose digest was verified and whose tensors are
/// exactly those the architecture reads. Immutable, safe from any thread; holds the weights in
/// memory, so drop it once a segmenter is made.
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

 private:
  ModelBundle(SafetensorsFile file, Manifest manifest, std::string sha256)
      : file_(std::move(file)), manifest_(std::move(manifest)), sha256_(std::move(sha256)) {}

  SafetensorsFile file_;
  Manifest manifest_;
  std::string sha256_;
};

/// A parameter with its values, row-major.
struct Parameter {
  ParameterShape shape;
  std::vector<float> values;
};

/// Writes a bundle durably and returns its SHA-256. The parameters may come in any order and must
/// be exactly `lacaf_parameters(manifest.size())`. The same input always gives the same bytes.
Result<std::string> save_bundle(const std::filesystem::path& file, const Manifest& manifest,
                                std::span<const Parameter> parameters);

}  // namespace hilum::model
