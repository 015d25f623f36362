#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "model/bundle.h"
#include "model/bundle_tensors.h"
#include "model/half.h"

namespace hilum::model {
namespace {

using Halves = std::vector<std::uint16_t>;

/// `values` as halves, or nothing when they are to be stored as they are.
Result<std::optional<Halves>> narrowed(const Parameter& parameter, Storage storage) {
  if (storage == Storage::kFloat32) return std::optional<Halves>();
  Halves halves;
  halves.reserve(parameter.values.size());
  for (const float value : parameter.values) {
    const std::uint16_t half = float_to_half(value);
    const float back = half_to_float(half);
    if (storage == Storage::kLossless && !(back == value)) return std::optional<Halves>();
    if (std::isfinite(value) && !std::isfinite(back)) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("tensor '{}' has the value {}, beyond what float16 holds: store it "
                               "as float32",
                               parameter.shape.name, value)};
    }
    halves.push_back(half);
  }
  return std::optional(std::move(halves));
}

/// The merges that the tower in `views` uses, or nothing when that cannot be told, of which
/// `check_bundle_tensors` says why.
Result<std::string> merges_to_store(const TensorViews& views, std::string_view merges) {
  const auto size = text_tower_size(text_tower_shapes(views));
  if (!size) return std::string();
  return used_merges(merges, size->vocabulary);
}

Result<std::string> save(const std::filesystem::path& file, const Manifest& manifest,
                         std::span<const Parameter> parameters, const SaveOptions& options) {
  TensorViews views;
  std::vector<Halves> halves;  // what views of F16 tensors look at
  halves.reserve(parameters.size());
  for (const Parameter& parameter : parameters) {
    const auto& [name, shape] = parameter.shape;
    const bool tower = name.starts_with(kTextTowerPrefix);
    auto half = narrowed(parameter, tower ? options.text_tower : options.network);
    if (!half) return std::move(half).error();
    TensorView view{DType::kF32, shape, std::as_bytes(std::span(parameter.values))};
    if (*half) {
      halves.push_back(*std::move(*half));
      view = {DType::kF16, shape, std::as_bytes(std::span(halves.back()))};
    }
    if (!views.emplace(name, std::move(view)).second) {
      return Error{ErrorCode::kInvalidInput, fmt::format("tensor '{}' is given twice", name)};
    }
  }
  std::string merges;  // what the view of the merges looks at
  if (manifest.text_tower && manifest.text_tower->tokenizer == TokenizerKind::kClipBpe) {
    auto used = merges_to_store(views, options.merges);
    if (!used) return std::move(used).error();
    merges = *std::move(used);
    views[fmt::format("{}{}", kTextTowerPrefix, kMergesTensor)] = {
        DType::kU8, {static_cast<std::int64_t>(merges.size())}, std::as_bytes(std::span(merges))};
  }
  return write_bundle(file, manifest, views);
}

std::string saving(const std::filesystem::path& file) {
  return fmt::format("cannot save model bundle {}", file.string());
}

}  // namespace

Result<std::string> write_bundle(const std::filesystem::path& file, const Manifest& manifest,
                                 const TensorViews& views) {
  if (auto checked = check_manifest(manifest); !checked) return std::move(checked).error();
  if (auto complete = check_bundle_tensors(manifest, views); !complete) {
    return std::move(complete).error();
  }
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, view] : views) {
    tensors.push_back({.name = name, .type = view.type, .shape = view.shape, .bytes = view.bytes});
  }
  // Larger elements first: every tensor then starts at a multiple of its element's size.
  std::ranges::stable_sort(tensors, std::greater(),
                           [](const TensorToWrite& t) { return size_bytes(t.type); });
  std::string sha256 = bundle_digest(manifest, views);
  auto written = write_safetensors(file, tensors,
                                   {{ModelBundle::kManifestKey, stored_json(manifest, sha256)}});
  if (!written) return std::move(written).error();
  return sha256;
}

Result<std::string> ModelBundle::save_changed(const std::filesystem::path& file,
                                              const Manifest& manifest,
                                              std::span<const Parameter> changed) const {
  TensorViews views = this->views();
  // Another form of network (`Pooling`, `Fusion`) has no place for all of this one's tensors.
  const auto kept = lacaf_parameters(manifest.size());
  for (const ParameterShape& shape : lacaf_parameters(manifest_.size())) {
    if (std::ranges::find(kept, shape.name, &ParameterShape::name) == kept.end()) {
      views.erase(shape.name);
    }
  }
  for (const auto& [shape, values] : changed) {
    views[shape.name] = {DType::kF32, shape.shape, std::as_bytes(std::span(values))};
  }
  auto saved = write_bundle(file, manifest, views);
  if (!saved) return std::move(saved).error().in(saving(file));
  return saved;
}

Result<std::string> save_bundle(const std::filesystem::path& file, const Manifest& manifest,
                                std::span<const Parameter> parameters,
                                const SaveOptions& options) try {
  auto saved = save(file, manifest, parameters, options);
  if (!saved) return std::move(saved).error().in(saving(file));
  return saved;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace,
               fmt::format("not enough memory to save model bundle {}", file.string())};
}

}  // namespace hilum::model
