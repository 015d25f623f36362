#include "model/import/import_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "model/import/clip_weights.h"
#include "model/import/embed_prompts.h"
#include "model/import/file_digest.h"
#include "model/import/file_kind.h"
#include "model/import/lacaf_weights.h"
#include "model/import/state_dict.h"
#include "model/import/text_features.h"
#include "model/merges_file.h"

namespace hilum::model {
namespace {

namespace fs = std::filesystem;

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

/// All that was read, on its way into the bundle.
struct Import {
  ImportReport report;
  LaCafWeights network;
  std::optional<ClipText> clip;
  std::string merges;
  std::vector<FeatureCandidate> candidates;
};

std::string millions(std::size_t elements) {
  return fmt::format("{:.2f} M numbers", static_cast<double>(elements) / 1e6);
}

/// Adds a file to the report and, with its digest, to the provenance.
Status note_source(Import& import, const std::string& key, ImportedPart part,
                   const fs::path& file) {
  part.file = file.filename().string();
  auto digest = file_digest(file);
  if (!digest) return std::move(digest).error();
  import.report.manifest.provenance[key] = fmt::format("{}, SHA-256 {}", part.file, *digest);
  import.report.parts.push_back(std::move(part));
  return ok();
}

Status check_options(const ImportOptions& options) {
  if (options.clip && !options.merges) {
    return invalid(
        "--clip needs CLIP's merges too: --merges bpe_simple_vocab_16e6.txt.gz (from OpenAI's "
        "repository CLIP) or merges.txt (beside Hugging Face's model.safetensors)");
  }
  if (options.merges && !options.clip) return invalid("--merges is of no use without --clip");
  for (const auto* source : {&options.clip, &options.merges, &options.embeddings}) {
    std::error_code ignored;
    if (*source && fs::equivalent(**source, options.out, ignored)) {
      return invalid(fmt::format("--out {} would overwrite a source", options.out.string()));
    }
  }
  std::error_code ignored;
  if (fs::equivalent(options.lacaf, options.out, ignored)) {
    return invalid(fmt::format("--out {} would overwrite a source", options.out.string()));
  }
  return ok();
}

Status read_network(const ImportOptions& options, Import& import) {
  auto dict = open_checkpoint(options.lacaf);
  if (!dict) return std::move(dict).error();
  auto network = take_lacaf(**dict);
  if (!network) {
    return std::move(network).error().in(fmt::format("cannot use {}", options.lacaf.string()));
  }
  import.network = *std::move(network);
  const LaCafSize& size = import.network.size;
  import.report.ignored = import.network.ignored;
  if (import.network.text_features) {
    import.candidates.push_back({FeatureSource::kCheckpoint, *import.network.text_features});
  }
  auto what = fmt::format("{}: width {}, {} classes, window {}", millions(import.network.elements),
                          size.width, size.classes, size.window);
  return note_source(import, "weights", {.part = "network", .file = {}, .what = std::move(what)},
                     options.lacaf);
}

Status read_embeddings(const ImportOptions& options, Import& import) {
  if (!options.embeddings) return ok();
  auto values = read_text_features(*options.embeddings, import.network.size.classes);
  if (!values) return std::move(values).error();
  import.candidates.push_back({FeatureSource::kFile, *std::move(values)});
  return note_source(import, "text_features_file",
                     {.part = "text features",
                      .file = {},
                      .what = fmt::format("[{}, {}]", import.network.size.classes, kTextFeatures)},
                     *options.embeddings);
}

std::vector<std::string> prompts_of(const std::vector<ModelClass>& classes) {
  std::vector<std::string> prompts;
  for (const ModelClass& one : classes) prompts.push_back(one.prompt);
  return prompts;
}

/// The features that CLIP gives for the prompts of the manifest.
Result<std::vector<float>> clip_features(const Import& import) {
  const ClipText& clip = *import.clip;
  if (clip.size.output != kTextFeatures) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("it gives {} features and LA-CAF reads {}: CLIP's ViT-B/32 is needed",
                             clip.size.output, kTextFeatures)};
  }
  auto tokenizer = Tokenizer::clip_bpe(import.merges, clip.size.vocabulary);
  if (!tokenizer) return std::move(tokenizer).error();
  const auto prompts = prompts_of(import.report.manifest.classes);
  return embed_prompts(
      {.size = clip.size, .tokenizer = *std::move(tokenizer), .parameters = clip.parameters},
      prompts);
}

Status read_clip(const ImportOptions& options, Import& import) {
  if (!options.clip) return ok();
  const auto context = [&] { return fmt::format("cannot use {}", options.clip->string()); };
  auto merges = read_merges_file(*options.merges);
  if (!merges) return std::move(merges).error();
  import.merges = *std::move(merges);
  auto dict = open_state_dict(*options.clip);
  if (!dict) return std::move(dict).error();
  auto clip = take_clip_text(**dict);
  if (!clip) return std::move(clip).error().in(context());
  dict->reset();  // its memory before the tower runs
  import.clip = *std::move(clip);
  auto features = clip_features(import);
  if (!features) return std::move(features).error().in(context());
  import.candidates.push_back({FeatureSource::kClip, *std::move(features)});
  for (const auto& [kind, count] : import.clip->ignored) import.report.ignored[kind] += count;

  auto what =
      fmt::format("{}: {} layers, width {}, names of {}{}", millions(import.clip->elements),
                  import.clip->size.layers, import.clip->size.width, to_string(import.clip->names),
                  options.keep_tower == KeepTower::kYes ? "" : "; not kept");
  if (auto noted =
          note_source(import, "clip_weights",
                      {.part = "text tower", .file = {}, .what = std::move(what)}, *options.clip);
      !noted) {
    return noted;
  }
  return note_source(
      import, "clip_merges",
      {.part = "merges", .file = {}, .what = fmt::format("{} bytes", import.merges.size())},
      *options.merges);
}

void fill_manifest(const ImportOptions& options, Import& import) {
  Manifest& manifest = import.report.manifest;
  const LaCafSize& size = import.network.size;
  manifest.name = options.name;
  manifest.version = options.version;
  manifest.trained = true;
  manifest.base_width = size.width;
  manifest.window = size.window;
  manifest.text_adapter = size.text_adapter;
  if (import.clip && options.keep_tower == KeepTower::kYes) {
    manifest.text_tower = TextTowerSpec{TokenizerKind::kClipBpe};
  }
  manifest.provenance["text_features"] = to_string(import.report.features.source);
  if (!options.tool.empty()) manifest.provenance["imported_by"] = options.tool;
  if (!options.imported_at.empty()) manifest.provenance["imported_at"] = options.imported_at;
  if (!options.licence.empty()) manifest.provenance["licence"] = options.licence;
}

Status write(const ImportOptions& options, Import& import) {
  const Manifest& manifest = import.report.manifest;
  std::vector<Parameter> parameters = std::move(import.network.parameters);
  parameters.push_back({.shape = {"organ_embedding", {import.network.size.classes, kTextFeatures}},
                        .values = import.report.features.values});
  if (manifest.text_tower) {
    for (Parameter& parameter : import.clip->parameters) {
      parameter.shape.name.insert(0, kTextTowerPrefix);
      parameters.push_back(std::move(parameter));
    }
  }
  auto sha256 = save_bundle(options.out, manifest, parameters,
                            {.network = options.storage, .merges = import.merges});
  if (!sha256) return std::move(sha256).error();
  import.report.sha256 = *std::move(sha256);
  return ok();
}

}  // namespace

Result<ImportReport> import_model(const ImportOptions& options) {
  if (auto fit = check_options(options); !fit) return std::move(fit).error();
  Import import;
  if (auto read = read_network(options, import); !read) return std::move(read).error();
  auto classes = import_classes(import.network.size.classes, options.prompts);
  if (!classes) return std::move(classes).error();
  import.report.manifest.classes = *std::move(classes);
  if (auto read = read_embeddings(options, import); !read) return std::move(read).error();
  if (auto read = read_clip(options, import); !read) return std::move(read).error();
  auto features = choose_features(std::move(import.candidates), options.features_from,
                                  import.report.manifest.classes);
  if (!features) return std::move(features).error();
  import.report.features = *std::move(features);
  fill_manifest(options, import);
  if (auto written = write(options, import); !written) return std::move(written).error();
  return std::move(import.report);
}

}  // namespace hilum::model
