#include "model/manifest.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "model/json_fields.h"

namespace hilum::model {
namespace {

using nlohmann::json;

constexpr std::string_view kArchitecture = "la-caf";

json to_json(const CodedConcept& code) {
  return {{"value", code.value}, {"scheme", code.scheme}, {"meaning", code.meaning}};
}

json to_json(const ModelClass& one) {
  const SegmentSpec& segment = one.segment;
  json result{{"prompt", one.prompt},
              {"label", segment.label},
              {"category", to_json(segment.category)},
              {"type", to_json(segment.type)},
              {"rgb", segment.rgb}};
  const auto add = [&](const char* key, const std::optional<CodedConcept>& code) {
    if (code) result[key] = to_json(*code);
  };
  add("type_modifier", segment.type_modifier);
  add("anatomic_region", segment.anatomic_region);
  add("region_modifier", segment.region_modifier);
  if (one.volume_ml) result["volume_ml"] = {one.volume_ml->least, one.volume_ml->most};
  return result;
}

json to_json(const Manifest& manifest) {
  json classes = json::array();
  for (const ModelClass& one : manifest.classes) classes.push_back(to_json(one));
  json result{{"format", Manifest::kFormat},
              {"architecture", kArchitecture},
              {"name", manifest.name},
              {"version", manifest.version},
              {"trained", manifest.trained},
              {"base_width", manifest.base_width},
              {"text_adapter", to_string(manifest.text_adapter)},
              {"fusion", to_string(manifest.fusion)},
              {"pooling", to_string(manifest.pooling)},
              {"side", to_string(manifest.side)},
              {"classes", std::move(classes)},
              {"spacing_mm", manifest.spacing_mm},
              {"window", manifest.window},
              {"hu_range", manifest.hu_range},
              {"threshold", manifest.threshold},
              {"overlap", manifest.overlap},
              {"provenance", manifest.provenance}};
  if (manifest.text_tower) {
    result["text_tower"] = {{"tokenizer", to_string(manifest.text_tower->tokenizer)}};
  }
  return result;
}

std::string dump(const json& value) {
  // Text that is no UTF-8 is stored with replacement characters instead of throwing.
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

CodedConcept read_code(const json& object, const std::string& where, std::optional<Error>& error) {
  JsonFields fields(object, where, error);
  CodedConcept code{fields.text("value"), fields.text("scheme"), fields.text("meaning")};
  fields.finish();
  return code;
}

ModelClass read_class(const json& object, std::string where, std::optional<Error>& error) {
  JsonFields fields(object, std::move(where), error);
  const auto optional_code = [&](const char* key) -> std::optional<CodedConcept> {
    const json* found = fields.optional_member(key);
    if (found == nullptr) return std::nullopt;
    return read_code(*found, fmt::format("{}, {}", fields.where(), key), error);
  };
  ModelClass one;
  one.prompt = fields.text("prompt");
  one.segment.label = fields.text("label");
  one.segment.category = read_code(fields.member("category"), fields.where() + ", category", error);
  one.segment.type = read_code(fields.member("type"), fields.where() + ", type", error);
  one.segment.type_modifier = optional_code("type_modifier");
  one.segment.anatomic_region = optional_code("anatomic_region");
  one.segment.region_modifier = optional_code("region_modifier");
  if (fields.optional_member("volume_ml") != nullptr) {
    const auto range = fields.numbers("volume_ml", 2);
    one.volume_ml = VolumeRange{.least = range[0], .most = range[1]};
  }
  const auto rgb = fields.numbers("rgb", 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const bool byte = rgb[i] >= 0 && rgb[i] <= 255 && rgb[i] == std::floor(rgb[i]);
    if (!byte) fields.complain("has an 'rgb' that is not three numbers 0..255");
    one.segment.rgb[i] = byte ? static_cast<std::uint8_t>(rgb[i]) : std::uint8_t{0};
  }
  fields.finish();
  return one;
}

/// A field that has one of two values.
template <class Choice>
Choice read_choice(JsonFields& fields, const char* key, Choice first, Choice second) {
  const std::string name = fields.text(key);
  if (name == to_string(second)) return second;
  if (name != to_string(first)) {
    fields.complain(fmt::format("has the {} '{}' instead of {} or {}", key, name, to_string(first),
                                to_string(second)));
  }
  return first;
}

std::optional<TextTowerSpec> read_text_tower(JsonFields& fields, std::optional<Error>& error) {
  const json* found = fields.optional_member("text_tower");
  if (found == nullptr) return std::nullopt;
  JsonFields tower(*found, fmt::format("{}, text_tower", fields.where()), error);
  const std::string name = tower.text("tokenizer");
  tower.finish();
  for (const TokenizerKind kind : {TokenizerKind::kClipBpe, TokenizerKind::kBytes}) {
    if (name == to_string(kind)) return TextTowerSpec{.tokenizer = kind};
  }
  tower.complain(fmt::format("has the tokenizer '{}' instead of clip_bpe or bytes", name));
  return std::nullopt;
}

/// The format decides how everything else is read, so it comes first.
Status check_format(const json& root) {
  const auto found = root.find("format");
  if (found == root.end() || !found->is_number_integer()) {
    return Error{ErrorCode::kInvalidInput, "the manifest has no bundle format number"};
  }
  if (*found != Manifest::kFormat) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("the bundle has format {} and this program reads format {}: make the "
                             "bundle again with this program's version, or install the version "
                             "that made it",
                             found->dump(), Manifest::kFormat)};
  }
  return ok();
}

}  // namespace

std::string_view to_string(TextAdapter kind) {
  return kind == TextAdapter::kShared ? "shared" : "per_class";
}
std::string_view to_string(Fusion fusion) {
  return fusion == Fusion::kConcatenation ? "concatenation" : "attention";
}
std::string_view to_string(Pooling pooling) {
  return pooling == Pooling::kAverage ? "average" : "adapter";
}
std::string_view to_string(SideSource side) {
  return side == SideSource::kAnatomy ? "anatomy" : "network";
}

Result<StoredManifest> parse_manifest(std::string_view text) {
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded() || !root.is_object()) {
    return Error{ErrorCode::kInvalidInput, "the manifest is not a JSON object"};
  }
  if (auto format = check_format(root); !format) return std::move(format).error();

  std::optional<Error> error;
  JsonFields fields(root, "the manifest", error);
  StoredManifest stored;
  Manifest& m = stored.manifest;
  fields.integer("format");
  if (fields.text("architecture") != kArchitecture) {
    fields.complain(fmt::format("is for another architecture than {}", kArchitecture));
  }
  m.name = fields.text("name");
  m.version = fields.text("version");
  m.trained = fields.flag("trained");
  m.base_width = fields.integer("base_width");
  m.text_adapter =
      read_choice(fields, "text_adapter", TextAdapter::kPerClass, TextAdapter::kShared);
  m.fusion = read_choice(fields, "fusion", Fusion::kAttention, Fusion::kConcatenation);
  m.pooling = read_choice(fields, "pooling", Pooling::kAdapter, Pooling::kAverage);
  m.side = read_choice(fields, "side", SideSource::kNetwork, SideSource::kAnatomy);
  m.text_tower = read_text_tower(fields, error);
  for (const json& object : fields.member("classes")) {
    m.classes.push_back(read_class(object, fmt::format("class {}", m.classes.size() + 1), error));
  }
  const auto spacing = fields.numbers("spacing_mm", 3);
  m.spacing_mm = {spacing[0], spacing[1], spacing[2]};
  m.window = fields.integer("window");
  const auto hu = fields.numbers("hu_range", 2);
  m.hu_range = {hu[0], hu[1]};
  m.threshold = fields.number("threshold");
  m.overlap = fields.number("overlap");
  for (const auto& [key, value] : fields.member("provenance").items()) {
    if (!value.is_string()) fields.complain("has a provenance that is not all strings");
    m.provenance[key] = value.is_string() ? value.get<std::string>() : std::string();
  }
  stored.sha256 = fields.text("sha256");
  fields.finish();
  if (error) return *std::move(error);
  if (auto checked = check_manifest(m); !checked) return std::move(checked).error();
  return stored;
}

std::string canonical_json(const Manifest& manifest) { return dump(to_json(manifest)); }

std::string stored_json(const Manifest& manifest, const std::string& sha256) {
  json result = to_json(manifest);
  result["sha256"] = sha256;
  return dump(result);
}

}  // namespace hilum::model
