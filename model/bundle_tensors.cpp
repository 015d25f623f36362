#include "model/bundle_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "model/text_tower_parameters.h"
#include "model/tokenizer.h"
#include "pipeline/domain/sha256.h"

namespace hilum::model {
namespace {

using Complaints = std::vector<std::string>;

/// Ticks tensors off against what a bundle has, and collects what is wrong.
class CheckList {
 public:
  explicit CheckList(const TensorViews& tensors) : left_(tensors) {}

  /// A parameter, in either of the types that weights are stored in.
  void parameter(const std::string& name, std::span<const std::int64_t> shape) {
    const auto found = left_.find(name);
    if (found == left_.end()) {
      complain(fmt::format("'{}' is missing", name));
      return;
    }
    const TensorView& tensor = found->second;
    const bool wide = tensor.type == DType::kF32;
    if (!std::ranges::equal(tensor.shape, shape)) {
      complain(fmt::format("'{}' has shape {} instead of {}", name, shape_text(tensor.shape),
                           shape_text(shape)));
    } else if (!wide && tensor.type != DType::kF16) {
      complain(fmt::format("'{}' is {} instead of F32 or F16", name, to_string(tensor.type)));
    } else if (wide &&
               reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % alignof(float) != 0) {
      complain(fmt::format("'{}' does not start at a multiple of 4 bytes", name));
    }
    left_.erase(found);
  }

  /// A tensor of bytes of any length, or nothing when it is no such thing.
  std::optional<TensorView> text(const std::string& name) {
    const auto found = left_.find(name);
    if (found == left_.end()) {
      complain(fmt::format("'{}' is missing", name));
      return std::nullopt;
    }
    std::optional<TensorView> tensor = found->second;
    left_.erase(found);
    if (tensor->type == DType::kU8 && tensor->shape.size() == 1) return tensor;
    complain(fmt::format("'{}' is {} {} instead of a list of U8", name, to_string(tensor->type),
                         shape_text(tensor->shape)));
    return std::nullopt;
  }

  /// Says nothing about the tensors whose names begin so.
  void ignore(std::string_view prefix) {
    std::erase_if(left_, [&](const auto& row) { return row.first.starts_with(prefix); });
  }

  void complain(std::string what) { complaints_.push_back(std::move(what)); }

  /// Everything that was wrong; what was not ticked off is surplus.
  Complaints finish() && {
    for (const auto& [name, tensor] : left_) complain(fmt::format("'{}' is not known", name));
    return std::move(complaints_);
  }

 private:
  TensorViews left_;
  Complaints complaints_;
};

std::string prefixed(std::string_view name) { return fmt::format("{}{}", kTextTowerPrefix, name); }

void check_vocabulary(const TextTowerSpec& spec, const TextTowerSize& size, CheckList& list) {
  if (spec.tokenizer == TokenizerKind::kBytes) {
    const int vocabulary = Tokenizer::bytes().vocabulary();
    if (size.vocabulary != vocabulary) {
      list.complain(
          fmt::format("the text tower has {} token embeddings and its tokenizer bytes "
                      "makes {}",
                      size.vocabulary, vocabulary));
    }
    return;
  }
  const auto merges = list.text(prefixed(kMergesTensor));
  if (!merges) return;
  const auto tokenizer = Tokenizer::clip_bpe(merges_text(*merges), size.vocabulary);
  if (!tokenizer) list.complain(tokenizer.error().message);
}

void check_text_tower(const TextTowerSpec& spec, const TensorViews& tensors, CheckList& list) {
  const auto size = text_tower_size(text_tower_shapes(tensors));
  if (!size) {
    // Without its size nothing can be said about the other tensors.
    list.complain(fmt::format("text tower: {}", size.error().message));
    list.ignore(kTextTowerPrefix);
    return;
  }
  for (const auto& [name, shape] : text_tower_parameters(*size)) {
    list.parameter(prefixed(name), shape);
  }
  if (size->output != kTextFeatures) {
    list.complain(fmt::format("the text tower gives {} features and the network reads {}",
                              size->output, kTextFeatures));
  }
  check_vocabulary(spec, *size, list);
}

}  // namespace

std::string bundle_digest(const Manifest& manifest, const TensorViews& tensors) {
  Sha256 sha;
  sha.update(fmt::format("hilum bundle {}\n{}\n", Manifest::kFormat, canonical_json(manifest)));
  for (const auto& [name, tensor] : tensors) {
    sha.update(fmt::format("{} {} {}\n", name, to_string(tensor.type), shape_text(tensor.shape)));
    sha.update(tensor.bytes);
  }
  return Sha256::hex(sha.finish());
}

TensorViews views_of(const SafetensorsFile& file) {
  TensorViews views;
  for (const auto& [name, entry] : file.tensors()) {
    views.emplace(name, TensorView{entry.type, entry.shape, file.bytes(entry)});
  }
  return views;
}

std::string_view merges_text(const TensorView& merges) {
  return {reinterpret_cast<const char*>(merges.bytes.data()), merges.bytes.size()};
}

ShapeTable text_tower_shapes(const TensorViews& tensors) {
  ShapeTable shapes;
  for (const auto& [name, tensor] : tensors) {
    if (!name.starts_with(kTextTowerPrefix)) continue;
    const std::string rest = name.substr(kTextTowerPrefix.size());
    if (rest != kMergesTensor) shapes.emplace(rest, tensor.shape);
  }
  return shapes;
}

Status check_bundle_tensors(const Manifest& manifest, const TensorViews& tensors) {
  CheckList list(tensors);
  for (const auto& [name, shape] : lacaf_parameters(manifest.size())) list.parameter(name, shape);
  if (manifest.text_tower) check_text_tower(*manifest.text_tower, tensors, list);
  const Complaints complaints = std::move(list).finish();
  if (complaints.empty()) return ok();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("tensors do not fit a network of width {} with {} classes, window {}, "
                           "text adapter {}, pooling {} and {} text tower: {}",
                           manifest.base_width, manifest.classes.size(), manifest.window,
                           to_string(manifest.text_adapter), to_string(manifest.pooling),
                           manifest.text_tower ? "a" : "no", fmt::join(complaints, "; "))};
}

}  // namespace hilum::model
