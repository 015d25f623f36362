#include "model/bundle.h"

#include <fmt/format.h>

#include <cassert>
#include <map>
#include <new>
#include <utility>

#include "model/bundle_tensors.h"

namespace hilum::model {
namespace {

Result<StoredManifest> verified_manifest(const SafetensorsFile& file) {
  const auto found = file.metadata().find(ModelBundle::kManifestKey);
  if (found == file.metadata().end()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("it is a safetensors file without '{}' in its metadata, so it is no "
                             "model bundle: import the weights first",
                             ModelBundle::kManifestKey)};
  }
  auto stored = parse_manifest(found->second);
  if (!stored) return stored;
  const TensorViews views = views_of(file);
  // Completeness first: its message is the more helpful one, and a broken file has both faults.
  if (auto complete = check_bundle_tensors(stored->manifest, views); !complete) {
    return std::move(complete).error();
  }
  const std::string actual = bundle_digest(stored->manifest, views);
  if (actual != stored->sha256) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("it is damaged or was changed: its content has SHA-256 {} but it "
                             "claims {}; copy the file again from where it came",
                             actual, stored->sha256)};
  }
  return stored;
}

std::string tower_name(const std::string& name) {
  return fmt::format("{}{}", kTextTowerPrefix, name);
}

}  // namespace

Result<ModelBundle> ModelBundle::open(const std::filesystem::path& path) try {
  auto file = SafetensorsFile::read(path);
  if (!file) return std::move(file).error();  // names the file itself
  auto stored = verified_manifest(*file);
  if (!stored) {
    return std::move(stored).error().in(fmt::format("cannot use model bundle {}", path.string()));
  }
  ModelBundle bundle(std::move(*file), std::move(stored->manifest), std::move(stored->sha256));
  for (const auto& [name, shape] : lacaf_parameters(bundle.manifest_.size())) {
    if (bundle.file_.tensors().at(name).type != DType::kF16) continue;
    bundle.widened_.emplace(name, *bundle.file_.floats(name));
  }
  return bundle;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace,
               fmt::format("not enough memory to open model bundle {}", path.string())};
}

std::map<std::string, TensorView> ModelBundle::views() const {
  TensorViews views = views_of(file_);
  for (const auto& [name, parameter] : changed_) {
    views[name] = {DType::kF32, parameter.shape.shape, std::as_bytes(std::span(parameter.values))};
  }
  return views;
}

Result<ModelBundle> ModelBundle::changed(Manifest manifest, std::vector<Parameter> changed) && {
  ModelBundle bundle = std::move(*this);
  for (Parameter& parameter : changed) {
    bundle.widened_.erase(parameter.shape.name);
    std::string name = parameter.shape.name;
    bundle.changed_.insert_or_assign(std::move(name), std::move(parameter));
  }
  if (auto checked = check_manifest(manifest); !checked) return std::move(checked).error();
  const TensorViews views = bundle.views();
  if (auto complete = check_bundle_tensors(manifest, views); !complete) {
    return std::move(complete).error();
  }
  bundle.manifest_ = std::move(manifest);
  bundle.sha256_ = bundle_digest(bundle.manifest_, views);
  return bundle;
}

std::span<const float> ModelBundle::tensor(const std::string& name) const {
  if (const auto found = changed_.find(name); found != changed_.end()) {
    return found->second.values;
  }
  const auto widened = widened_.find(name);
  if (widened != widened_.end()) return widened->second;
  const auto found = file_.tensors().find(name);
  assert(found != file_.tensors().end() && found->second.type == DType::kF32);
  const auto bytes = file_.bytes(found->second);
  // `check_bundle_tensors` made sure of the alignment.
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

ModelInfo ModelBundle::info() const {
  ModelInfo info{.name = manifest_.name,
                 .version = manifest_.version,
                 .sha256 = sha256_,
                 .trained = manifest_.trained,
                 .segments = {},
                 .device = {}};
  for (const ModelClass& one : manifest_.classes) info.segments.push_back(one.segment);
  return info;
}

std::optional<TextTowerSize> ModelBundle::tower_size() const {
  if (!has_text_tower()) return std::nullopt;
  return *text_tower_size(text_tower_shapes(views_of(file_)));  // was checked by `open`
}

Result<TextTowerWeights> ModelBundle::text_tower() const try {
  if (!has_text_tower()) {
    return Error{ErrorCode::kNotFound,
                 "the bundle carries no text tower: import the weights with CLIP's (hilum model "
                 "import --clip)"};
  }
  const TensorViews views = views_of(file_);
  const auto size = tower_size();
  auto tokenizer = Result<Tokenizer>(Tokenizer::bytes());
  if (manifest_.text_tower->tokenizer == TokenizerKind::kClipBpe) {
    const TensorView& merges = views.at(tower_name(std::string(kMergesTensor)));
    tokenizer = Tokenizer::clip_bpe(merges_text(merges), size->vocabulary);
    if (!tokenizer) return std::move(tokenizer).error();
  }
  TextTowerWeights weights{.size = *size, .tokenizer = *std::move(tokenizer), .parameters = {}};
  for (ParameterShape& shape : text_tower_parameters(*size)) {
    auto values = file_.floats(tower_name(shape.name));
    if (!values) return std::move(values).error();
    weights.parameters.push_back({.shape = std::move(shape), .values = *std::move(values)});
  }
  return weights;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace, "not enough memory to read the bundle's text tower"};
}

}  // namespace hilum::model
