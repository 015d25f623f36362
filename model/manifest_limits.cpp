#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "model/manifest.h"

namespace hilum::model {
namespace {

constexpr std::size_t kMaxText = 64;  ///< characters; VR LO, where names and labels end up
constexpr int kMaxWidth = 256;
constexpr int kMinWindow = 16;  ///< the bottleneck keeps 2 voxels per axis
constexpr int kMaxWindow = 256;
constexpr std::size_t kMaxClasses = 254;  ///< a label map has one byte per voxel
constexpr std::size_t kMaxPrompt = Tokenizer::kMaxTextBytes;
constexpr double kMaxVolumeMl = 100'000;
constexpr std::array kSpacingLimits{0.1, 20.0};

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
    if (one.prompt.size() > kMaxPrompt) {
      return invalid(fmt::format("class '{}' has a prompt of {} bytes; up to {} are allowed",
                                 one.segment.label, one.prompt.size(), kMaxPrompt));
    }
    if (one.volume_ml && !(one.volume_ml->least >= 0 && one.volume_ml->most <= kMaxVolumeMl &&
                           one.volume_ml->least < one.volume_ml->most)) {
      return invalid(fmt::format("class '{}' has a volume_ml that is not two rising numbers 0..{}",
                                 one.segment.label, kMaxVolumeMl));
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

}  // namespace hilum::model
