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
constexpr std::size_t kMaxText = 64;  ///< characters; VR LO, where names and labels end up
constexpr int kMaxWidth = 256;
constexpr int kMinWindow = 16;  ///< the bottleneck keeps 2 voxels per axis
constexpr int kMaxWindow = 256;
constexpr std::size_t kMaxClasses = 254;  ///< a label map has one byte per voxel
constexpr std::array kSpacingLimits{0.1, 20.0};

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
  return result;
}

json to_json(const Manifest& manifest) {
  json classes = json::array();
  for (const ModelClass& one : manifest.classes) classes.push_back(to_json(one));
  return {{"format", Manifest::kFormat},
          {"architecture", kArchitecture},
          {"name", manifest.name},
          {"version", manifest.version},
          {"trained", manifest.trained},
          {"base_width", manifest.base_width},
          {"classes", std::move(classes)},
          {"spacing_mm", manifest.spacing_mm},
          {"window", manifest.window},
          {"hu_range", manifest.hu_range},
          {"threshold", manifest.threshold},
          {"overlap", manifest.overlap},
          {"provenance", manifest.provenance}};
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
  const auto rgb = fields.numbers("rgb", 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const bool byte = rgb[i] >= 0 && rgb[i] <= 255 && rgb[i] == std::floor(rgb[i]);
    if (!byte) fields.complain("has an 'rgb' that is not three numbers 0..255");
    one.segment.rgb[i] = byte ? static_cast<std::uint8_t>(rgb[i]) : std::uint8_t{0};
  }
  fields.finish();
  return one;
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

Error invalid(std::string message) {
  return {ErrorCode::kInvalidInput, "the manifest's " + std::move(message)};
}

bool text_fits(const std::string& text) { return !text.empty() && text.size() <= kMaxText; }

Status check_classes(const std::vector<ModelClass>& classes) {
  if (classes.empty() || classes.size() > kMaxClasses) {
    return invalid(fmt::format("classes must be 1..{}", kMaxClasses));
  }
  for (const ModelClass& one : classes) {
    if (!text_fits(one.segment.label)) {
      return invalid(fmt::format("class labels must have 1..{} characters", kMaxText));
    }
    for (const CodedConcept* code : {&one.segment.category, &one.segment.type}) {
      if (code->value.empty() || code->scheme.empty() || code->meaning.empty()) {
        return invalid(fmt::format("class '{}' has an empty code", one.segment.label));
      }
    }
  }
  return ok();
}

}  // namespace

Status check_manifest(const Manifest& m) {
  const auto within = [](double value, double low, double high) {
    return value >= low && value <= high;  // false for NaN
  };
  if (!text_fits(m.name)) return invalid(fmt::format("name must have 1..{} characters", kMaxText));
  if (!text_fits(m.version)) {
    return invalid(fmt::format("version must have 1..{} characters", kMaxText));
  }
  if (!within(m.base_width, 1, kMaxWidth)) {
    return invalid(fmt::format("base_width must be 1..{}", kMaxWidth));
  }
  if (!within(m.window, kMinWindow, kMaxWindow) || m.window % kDownsampling != 0) {
    return invalid(fmt::format("window must be a multiple of {} in {}..{}", kDownsampling,
                               kMinWindow, kMaxWindow));
  }
  for (const double spacing : m.spacing_mm) {
    if (!within(spacing, kSpacingLimits[0], kSpacingLimits[1])) {
      return invalid(
          fmt::format("spacing_mm must be {}..{}", kSpacingLimits[0], kSpacingLimits[1]));
    }
  }
  if (!within(m.hu_range[0], -32768, 32767) || !within(m.hu_range[1], -32768, 32767) ||
      m.hu_range[0] >= m.hu_range[1]) {
    return invalid("hu_range must be two rising numbers within 16 bits");
  }
  if (!within(m.threshold, 0.01, 0.99)) return invalid("threshold must be 0.01..0.99");
  if (!within(m.overlap, 0, 0.9)) return invalid("overlap must be 0..0.9");
  return check_classes(m.classes);
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
