#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/import/feature_choice.h"
#include "model/import/import_classes.h"
#include "model/manifest.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// Whether a bundle made with CLIP's weights carries them, so that prompts can be changed later.
enum class KeepTower { kYes, kNo };

struct ImportOptions {
  std::filesystem::path lacaf;                      ///< checkpoint of torch.save
  std::optional<std::filesystem::path> clip;        ///< TorchScript archive or safetensors
  std::optional<std::filesystem::path> merges;      ///< CLIP's; needed with `clip`
  std::optional<std::filesystem::path> embeddings;  ///< text features of torch.save
  std::optional<FeatureSource> features_from;       ///< instead of by precedence
  std::vector<ClassPrompt> prompts;                 ///< instead of the paper's
  KeepTower keep_tower = KeepTower::kYes;
  Storage storage = Storage::kFloat32;  ///< of the network
  std::string name = "LA-CAF";
  std::string version = "imported";
  std::string licence;      ///< of the weights, in words; goes to the provenance unless empty
  std::string tool;         ///< name and version of this program, for the provenance
  std::string imported_at;  ///< date, for the provenance
  std::filesystem::path out;
};

/// One part of the bundle and the file it came from.
struct ImportedPart {
  std::string part;
  std::string file;  ///< name without directories
  std::string what;  ///< in words
};

struct ImportReport {
  Manifest manifest;
  std::string sha256;  ///< of the bundle
  std::vector<ImportedPart> parts;
  std::map<std::string, int> ignored;  ///< what no forward pass reads: kind -> tensors
  FeatureChoice features;
};

/// Makes one bundle from the weights of LA-CAF's authors and, if given, CLIP's. Nothing is written
/// unless every tensor has its shape and, where text features come from several sources, they agree
/// (`choose_features`). No code from any file is run. Errors are those of the readers, with the
/// file in front; kInvalidInput for options that do not fit together.
Result<ImportReport> import_model(const ImportOptions& options);

}  // namespace hilum::model
