#include "model/text_tower_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "model/safetensors.h"

namespace hilum::model {
namespace {

constexpr std::int64_t kMaxVocabulary = std::int64_t{1} << 20;
constexpr std::int64_t kMaxContext = 1024;
constexpr std::int64_t kMaxWidth = 4096;
constexpr int kMaxLayers = 64;
constexpr std::string_view kBlocks = "transformer.resblocks.";

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

/// The two dimensions of a matrix, within limits.
Result<std::pair<int, int>> matrix(const ShapeTable& shapes, const std::string& name,
                                   std::int64_t max_rows, std::int64_t max_columns) {
  const auto found = shapes.find(name);
  if (found == shapes.end()) return invalid(fmt::format("'{}' is missing", name));
  const auto& shape = found->second;
  if (shape.size() != 2 || shape[0] < 1 || shape[0] > max_rows || shape[1] < 1 ||
      shape[1] > max_columns) {
    return invalid(fmt::format("'{}' has shape {} instead of a matrix of up to {} x {}", name,
                               shape_text(shape), max_rows, max_columns));
  }
  return std::pair(static_cast<int>(shape[0]), static_cast<int>(shape[1]));
}

/// One more than the highest block number, so that a missing block in between is found later.
Result<int> count_layers(const ShapeTable& shapes) {
  int layers = 0;
  for (auto row = shapes.lower_bound(kBlocks); row != shapes.end(); ++row) {
    const std::string& name = row->first;
    if (!name.starts_with(kBlocks)) break;
    int number = -1;
    const auto [end, failure] =
        std::from_chars(name.data() + kBlocks.size(), name.data() + name.size(), number);
    const bool numbered = failure == std::errc() && end != name.data() + name.size() &&
                          *end == '.' && number >= 0 && number < kMaxLayers;
    if (!numbered) {
      return invalid(fmt::format("'{}' does not belong to a block 0..{}", name, kMaxLayers - 1));
    }
    layers = std::max(layers, number + 1);
  }
  if (layers == 0) return invalid(fmt::format("'{}0.*' are missing", kBlocks));
  return layers;
}

}  // namespace

std::vector<ParameterShape> text_tower_parameters(const TextTowerSize& size) {
  const std::int64_t width = size.width;
  std::vector<ParameterShape> rows{{"positional_embedding", {size.context, width}},
                                   {"text_projection", {width, size.output}},
                                   {"token_embedding.weight", {size.vocabulary, width}},
                                   {"ln_final.weight", {width}},
                                   {"ln_final.bias", {width}}};
  for (int i = 0; i < size.layers; ++i) {
    const auto add = [&](const char* name, std::vector<std::int64_t> shape) {
      rows.push_back({fmt::format("{}{}.{}", kBlocks, i, name), std::move(shape)});
    };
    add("attn.in_proj_weight", {3 * width, width});
    add("attn.in_proj_bias", {3 * width});
    add("attn.out_proj.weight", {width, width});
    add("attn.out_proj.bias", {width});
    add("ln_1.weight", {width});
    add("ln_1.bias", {width});
    add("mlp.c_fc.weight", {4 * width, width});
    add("mlp.c_fc.bias", {4 * width});
    add("mlp.c_proj.weight", {width, 4 * width});
    add("mlp.c_proj.bias", {width});
    add("ln_2.weight", {width});
    add("ln_2.bias", {width});
  }
  return rows;
}

Result<TextTowerSize> text_tower_size(const ShapeTable& shapes) {
  const auto tokens = matrix(shapes, "token_embedding.weight", kMaxVocabulary, kMaxWidth);
  if (!tokens) return tokens.error();
  const auto positions = matrix(shapes, "positional_embedding", kMaxContext, kMaxWidth);
  if (!positions) return positions.error();
  const auto projection = matrix(shapes, "text_projection", kMaxWidth, kMaxWidth);
  if (!projection) return projection.error();
  const auto layers = count_layers(shapes);
  if (!layers) return layers.error();
  const TextTowerSize size{.vocabulary = tokens->first,
                           .context = positions->first,
                           .width = tokens->second,
                           .layers = *layers,
                           .output = projection->second};
  if (size.width % TextTowerSize::kHeadWidth != 0) {
    return invalid(
        fmt::format("'token_embedding.weight' has width {}, which is no multiple of {}: "
                    "CLIP's towers have one attention head for {} features",
                    size.width, TextTowerSize::kHeadWidth, TextTowerSize::kHeadWidth));
  }
  return size;
}

}  // namespace hilum::model
