#include "model/import/clip_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "model/import/complaints.h"
#include "model/import/ignored_names.h"

namespace hilum::model {
namespace {

constexpr std::string_view kOpenAiBlocks = "transformer.resblocks.";
constexpr std::string_view kHuggingFaceBlocks = "text_model.encoder.layers.";
constexpr std::string_view kHuggingFacePrefix = "text_model.";

enum class Treatment {
  kCopy,
  kStack,      ///< three tensors (.q_proj, .k_proj, .v_proj) one above the other
  kTranspose,  ///< the matrix, rows and columns exchanged
};
/// OpenAI's name (github.com/openai/CLIP, clip/model.py), Hugging Face's (transformers,
/// modeling_clip.py), and what turns the latter into the former. The one table of names. In
/// `kBlockNames` both follow the block's number and a dot; "*" stands for q, k and v.
struct NameRow {
  std::string_view open_ai;
  std::string_view hugging_face;
  Treatment treatment;
};
constexpr std::array kNames{
    NameRow{"token_embedding.weight", "text_model.embeddings.token_embedding.weight",
            Treatment::kCopy},
    NameRow{"positional_embedding", "text_model.embeddings.position_embedding.weight",
            Treatment::kCopy},
    NameRow{"text_projection", "text_projection.weight", Treatment::kTranspose},
    NameRow{"ln_final.weight", "text_model.final_layer_norm.weight", Treatment::kCopy},
    NameRow{"ln_final.bias", "text_model.final_layer_norm.bias", Treatment::kCopy},
};
constexpr std::array kBlockNames{
    NameRow{"attn.in_proj_weight", "self_attn.*_proj.weight", Treatment::kStack},
    NameRow{"attn.in_proj_bias", "self_attn.*_proj.bias", Treatment::kStack},
    NameRow{"attn.out_proj.weight", "self_attn.out_proj.weight", Treatment::kCopy},
    NameRow{"attn.out_proj.bias", "self_attn.out_proj.bias", Treatment::kCopy},
    NameRow{"ln_1.weight", "layer_norm1.weight", Treatment::kCopy},
    NameRow{"ln_1.bias", "layer_norm1.bias", Treatment::kCopy},
    NameRow{"ln_2.weight", "layer_norm2.weight", Treatment::kCopy},
    NameRow{"ln_2.bias", "layer_norm2.bias", Treatment::kCopy},
    NameRow{"mlp.c_fc.weight", "mlp.fc1.weight", Treatment::kCopy},
    NameRow{"mlp.c_fc.bias", "mlp.fc1.bias", Treatment::kCopy},
    NameRow{"mlp.c_proj.weight", "mlp.fc2.weight", Treatment::kCopy},
    NameRow{"mlp.c_proj.bias", "mlp.fc2.bias", Treatment::kCopy},
};
constexpr std::array<std::string_view, 3> kStacked{"q", "k", "v"};

using Where = IgnoredNames::Where;
/// What a CLIP file holds beside its text tower's parameters.
constexpr std::array kIgnored{
    IgnoredNames{Where::kFront, "visual.", "image tower"},
    IgnoredNames{Where::kFront, "vision_model.", "image tower"},
    IgnoredNames{Where::kFront, "visual_projection.", "image tower"},
    IgnoredNames{Where::kFront, "logit_scale", "logit scale"},
    IgnoredNames{Where::kFront, "input_resolution", "size"},
    IgnoredNames{Where::kFront, "context_length", "size"},
    IgnoredNames{Where::kFront, "vocab_size", "size"},
    IgnoredNames{Where::kBack, ".position_ids", "position ids"},
    IgnoredNames{Where::kBack, "attn_mask", "attention mask"},
};

/// Where a tensor of the tower comes from.
struct Source {
  std::vector<std::string> names;  ///< one, or three to be stacked
  Treatment treatment = Treatment::kCopy;
};

Source hugging_face_source(const NameRow& row, const std::string& front) {
  Source source{.names = {}, .treatment = row.treatment};
  const auto star = row.hugging_face.find('*');
  if (star == std::string_view::npos) {
    source.names.push_back(fmt::format("{}{}", front, row.hugging_face));
    return source;
  }
  for (const auto part : kStacked) {
    source.names.push_back(fmt::format("{}{}{}{}", front, row.hugging_face.substr(0, star), part,
                                       row.hugging_face.substr(star + 1)));
  }
  return source;
}

/// Translates a name of `text_tower_parameters`.
Source source_of(const std::string& name, ClipNames names) {
  if (names == ClipNames::kOpenAi) return {.names = {name}, .treatment = Treatment::kCopy};
  if (!name.starts_with(kOpenAiBlocks)) {
    return hugging_face_source(*std::ranges::find(kNames, name, &NameRow::open_ai), "");
  }
  const std::string_view rest = std::string_view(name).substr(kOpenAiBlocks.size());
  const auto dot = rest.find('.') + 1;
  const auto* row = std::ranges::find(kBlockNames, rest.substr(dot), &NameRow::open_ai);
  return hugging_face_source(*row, fmt::format("{}{}", kHuggingFaceBlocks, rest.substr(0, dot)));
}

/// The shape that a source tensor must have for the tower's `shape`.
std::vector<std::int64_t> source_shape(std::vector<std::int64_t> shape, Treatment treatment) {
  if (treatment == Treatment::kStack) shape[0] /= static_cast<std::int64_t>(kStacked.size());
  if (treatment == Treatment::kTranspose) std::swap(shape[0], shape[1]);
  return shape;
}

/// The shapes that tell the tower's size, under OpenAI's names.
ShapeTable telling_shapes(const StateDict& dict, ClipNames names) {
  ShapeTable table;
  for (const auto& [name, info] : dict.tensors()) {
    if (names == ClipNames::kOpenAi) {
      table.emplace(name, info.shape);
    } else if (name.starts_with(kHuggingFaceBlocks)) {
      table.emplace(fmt::format("{}{}", kOpenAiBlocks, name.substr(kHuggingFaceBlocks.size())),
                    info.shape);
    }
  }
  if (names == ClipNames::kOpenAi) return table;
  for (const NameRow& row : kNames) {
    const auto found = dict.tensors().find(std::string(row.hugging_face));
    if (found == dict.tensors().end()) continue;
    auto shape = found->second.shape;
    if (row.treatment == Treatment::kTranspose && shape.size() == 2) std::swap(shape[0], shape[1]);
    table.emplace(row.open_ai, std::move(shape));
  }
  return table;
}

ClipNames names_of(const StateDict& dict) {
  const bool hugging_face = std::ranges::any_of(
      dict.tensors(), [](const auto& item) { return item.first.starts_with(kHuggingFacePrefix); });
  return hugging_face ? ClipNames::kHuggingFace : ClipNames::kOpenAi;
}

Status check_names(const StateDict& dict, ClipText& text) {
  Complaints complaints;
  std::set<std::string> wanted;
  for (const auto& [name, shape] : text_tower_parameters(text.size)) {
    const Source source = source_of(name, text.names);
    for (const auto& part : source.names) {
      complaints.expect(dict, part, source_shape(shape, source.treatment));
      wanted.insert(part);
    }
  }
  for (const auto& [name, info] : dict.tensors()) {
    if (wanted.contains(name)) continue;
    const auto kind = ignored_kind(kIgnored, name);
    if (kind.empty()) {
      complaints.surplus(name);
    } else {
      ++text.ignored[std::string(kind)];
    }
  }
  return complaints.status(
      fmt::format("tensors do not fit a CLIP text tower of {} layers and width "
                  "{} under the names of {}",
                  text.size.layers, text.size.width, to_string(text.names)));
}

std::vector<float> transposed(const std::vector<float>& values, std::size_t rows) {
  const std::size_t columns = values.size() / rows;
  std::vector<float> result(values.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) result[c * rows + r] = values[r * columns + c];
  }
  return result;
}

Result<std::vector<float>> read_source(StateDict& dict, const Source& source) {
  std::vector<float> all;
  for (const auto& name : source.names) {
    auto values = dict.floats(name);
    if (!values) return std::move(values).error();
    if (source.treatment == Treatment::kTranspose) {
      const auto rows = static_cast<std::size_t>(dict.tensors().at(name).shape[0]);
      return transposed(*values, rows);
    }
    all.insert(all.end(), values->begin(), values->end());
  }
  return all;
}

}  // namespace

std::string_view to_string(ClipNames names) {
  return names == ClipNames::kOpenAi ? "OpenAI" : "Hugging Face";
}

Result<ClipText> take_clip_text(StateDict& dict) {
  ClipText text;
  text.names = names_of(dict);
  auto size = text_tower_size(telling_shapes(dict, text.names));
  if (!size) {
    return std::move(size).error().in(
        fmt::format("this is no CLIP model under the names of {}", to_string(text.names)));
  }
  text.size = *size;
  if (auto fits = check_names(dict, text); !fits) return std::move(fits).error();
  for (auto& shape : text_tower_parameters(text.size)) {
    auto values = read_source(dict, source_of(shape.name, text.names));
    if (!values) return std::move(values).error();
    text.elements += values->size();
    text.parameters.push_back({.shape = std::move(shape), .values = *std::move(values)});
  }
  return text;
}

}  // namespace hilum::model
