#include "dicomseg/result_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>
#include <utility>

namespace hilum::dicomseg {
namespace {

constexpr std::string_view kNotForClinicalUse = "not for clinical use";
constexpr std::string_view kCheck = "CHECK: ";
constexpr std::string_view kUntrained = "UNTRAINED TEST MODEL";
constexpr std::size_t kMaxShortString = 16;  // SH

Status check_code(std::string_view name, const CodedConcept& code) {
  if (auto fits = check_text(name, code.value, kMaxShortString); !fits) return fits;
  if (auto fits = check_text(name, code.scheme, kMaxShortString); !fits) return fits;
  return check_text(name, code.meaning, kMaxLongString);
}

Status check_segment(const SegmentSpec& spec) {
  if (auto fits = check_text("a segment's label", spec.label, kMaxLongString); !fits) return fits;
  if (auto fits = check_code("a segment's category", spec.category); !fits) return fits;
  if (auto fits = check_code("a segment's type", spec.type); !fits) return fits;
  for (const auto& code : {spec.type_modifier, spec.anatomic_region, spec.region_modifier}) {
    if (!code) continue;
    if (auto fits = check_code("a segment's modifier or region", *code); !fits) return fits;
  }
  return ok();
}

/// Seconds east of Greenwich of "+HHMM" or "-HHMM" (PS3.3 C.12.1.1.8).
std::optional<std::chrono::seconds> parsed_offset(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  const auto size = std::chrono::hours(number / 100) + std::chrono::minutes(number % 100);
  return text[0] == '-' ? -size : size;
}

}  // namespace

Status check_text(std::string_view name, std::string_view text, std::size_t longest) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
  if (text.empty() || text.size() > longest || !std::all_of(text.begin(), text.end(), plain)) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} must be 1 to {} printable ASCII characters without backslash",
                             name, longest)};
  }
  return ok();
}

Status check_texts(std::string_view series_description, const Equipment& equipment,
                   const ModelInfo& model) {
  if (auto fits = check_text("the series description", series_description, kMaxSeriesDescription);
      !fits) {
    return fits;
  }
  const std::pair<std::string_view, std::string_view> texts[] = {
      {"the manufacturer", equipment.manufacturer},
      {"the manufacturer's model name", equipment.manufacturer_model_name},
      {"the device's serial number", equipment.device_serial_number},
      {"the software version", equipment.software_version},
      {"the model's name", model.name},
      {"the model's version", model.version},
  };
  for (const auto& [name, text] : texts) {
    if (auto fits = check_text(name, text); !fits) return fits;
  }
  return ok();
}

Status check_segments(const ModelInfo& model) {
  if (model.segments.empty()) {
    return Error{ErrorCode::kInvalidInput, "the model describes no segment"};
  }
  for (const SegmentSpec& spec : model.segments) {
    if (auto fits = check_segment(spec); !fits) return fits;
  }
  return ok();
}

std::string series_description(std::string_view description, const ModelInfo& model,
                               const Findings& findings) {
  const std::string_view check = findings.doubts.empty() ? "" : kCheck;
  description = description.substr(0, kMaxSeriesDescription);
  return model.trained ? fmt::format("{}{}, {}", check, description, kNotForClinicalUse)
                       : fmt::format("{}{} {}", check, kUntrained, description);
}

std::string content_description(const ModelInfo& model, const Findings& findings,
                                bool nothing_found) {
  return fmt::format("{}{}{}, {}", findings.doubts.empty() ? "" : kCheck,
                     nothing_found ? "Nothing found. " : "",
                     model.trained ? "AI result" : kUntrained, kNotForClinicalUse);
}

std::string image_comments(const Findings& findings) {
  std::string comments;
  for (const Doubt& doubt : findings.doubts) {
    comments += (comments.empty() ? "" : " ") + doubt.text;
    if (!doubt.text.ends_with('.')) comments += '.';
  }
  return comments;
}

std::string segment_description(std::uint64_t voxels, double millilitres) {
  return voxels == 0 ? "No voxels found" : fmt::format("{} voxels, {:.2f} ml", voxels, millilitres);
}

std::string algorithm_parameters(const ModelInfo& model) {
  constexpr std::size_t kDigits = 12;
  return "bundle sha256 " + model.sha256.substr(0, kDigits);
}

DicomDateTime date_time(Time time, const std::string& offset) {
  const auto shift = parsed_offset(offset);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::floor<std::chrono::seconds>(time) + shift.value_or(std::chrono::seconds(0)));
  std::tm parts{};
  shift ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts);
  return {fmt::format("{:04}{:02}{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday),
          fmt::format("{:02}{:02}{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec)};
}

}  // namespace hilum::dicomseg
