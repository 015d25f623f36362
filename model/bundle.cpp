#include "model/bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <utility>

#include "pipeline/domain/sha256.h"

namespace hilum::model {
namespace {

/// A tensor as the digest and the completeness check see it. Sorted by name.
struct TensorView {
  DType type;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};
using TensorViews = std::map<std::string, TensorView>;

/// Covers everything that decides what the model computes: manifest, names, types, shapes, values.
/// Not the file's layout, so a rewritten file keeps its identity.
std::string digest_of(const Manifest& manifest, const TensorViews& tensors) {
  Sha256 sha;
  sha.update(fmt::format("hilum bundle 1\n{}\n", canonical_json(manifest)));
  for (const auto& [name, tensor] : tensors) {
    sha.update(fmt::format("{} {} {}\n", name, to_string(tensor.type), shape_text(tensor.shape)));
    sha.update(tensor.bytes);
  }
  return Sha256::hex(sha.finish());
}

/// Names everything that is missing, surplus or misshapen, in one message.
Status check_tensors(const Manifest& manifest, const TensorViews& tensors) {
  std::vector<std::string> complaints;
  std::map<std::string, std::vector<std::int64_t>> expected;
  for (auto& [name, shape] : lacaf_parameters(manifest.size())) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      complaints.push_back(fmt::format("'{}' is missing", name));
    } else if (found->second.shape != shape) {
      complaints.push_back(fmt::format("'{}' has shape {} instead of {}", name,
                                       shape_text(found->second.shape), shape_text(shape)));
    } else if (found->second.type != DType::kF32) {
      complaints.push_back(
          fmt::format("'{}' is {} instead of F32", name, to_string(found->second.type)));
    } else if (reinterpret_cast<std::uintptr_t>(found->second.bytes.data()) % alignof(float)) {
      complaints.push_back(fmt::format("'{}' does not start at a multiple of 4 bytes", name));
    }
    expected.emplace(name, std::move(shape));
  }
  for (const auto& [name, tensor] : tensors) {
    if (!expected.contains(name)) complaints.push_back(fmt::format("'{}' is not known", name));
  }
  if (complaints.empty()) return ok();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("tensors do not fit a network of width {} with {} classes and window "
                           "{}: {}",
                           manifest.base_width, manifest.classes.size(), manifest.window,
                           fmt::join(complaints, "; "))};
}

TensorViews views_of(const SafetensorsFile& file) {
  TensorViews views;
  for (const auto& [name, entry] : file.tensors()) {
    views.emplace(name, TensorView{entry.type, entry.shape, file.bytes(entry)});
  }
  return views;
}

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
  if (auto complete = check_tensors(stored->manifest, views); !complete) {
    return std::move(complete).error();
  }
  const std::string actual = digest_of(stored->manifest, views);
  if (actual != stored->sha256) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("it is damaged or was changed: its content has SHA-256 {} but it "
                             "claims {}; copy the file again from where it came",
                             actual, stored->sha256)};
  }
  return stored;
}

}  // namespace

Result<ModelBundle> ModelBundle::open(const std::filesystem::path& path) {
  auto file = SafetensorsFile::read(path);
  if (!file) return std::move(file).error();  // names the file itself
  auto stored = verified_manifest(*file);
  if (!stored) {
    return std::move(stored).error().in(fmt::format("cannot use model bundle {}", path.string()));
  }
  return ModelBundle(std::move(*file), std::move(stored->manifest), std::move(stored->sha256));
}

std::span<const float> ModelBundle::tensor(const std::string& name) const {
  const auto found = file_.tensors().find(name);
  assert(found != file_.tensors().end());
  const auto bytes = file_.bytes(found->second);
  // `check_tensors` made sure of type and alignment.
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

Result<std::string> save_bundle(const std::filesystem::path& file, const Manifest& manifest,
                                std::span<const Parameter> parameters) {
  const auto context = [&] { return fmt::format("cannot save model bundle {}", file.string()); };
  if (auto checked = check_manifest(manifest); !checked) {
    return std::move(checked).error().in(context());
  }
  TensorViews views;
  std::vector<TensorToWrite> tensors;
  for (const Parameter& parameter : parameters) {
    const auto bytes = std::as_bytes(std::span(parameter.values));
    const auto& [name, shape] = parameter.shape;
    views.emplace(name, TensorView{DType::kF32, shape, bytes});
    tensors.push_back({.name = name, .type = DType::kF32, .shape = shape, .bytes = bytes});
  }
  if (auto complete = check_tensors(manifest, views); !complete) {
    return std::move(complete).error().in(context());
  }
  std::ranges::sort(tensors, {}, &TensorToWrite::name);
  std::string sha256 = digest_of(manifest, views);
  auto written = write_safetensors(file, tensors,
                                   {{ModelBundle::kManifestKey, stored_json(manifest, sha256)}});
  if (!written) return std::move(written).error().in(context());
  return sha256;
}

}  // namespace hilum::model
