#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dicomseg/report_iod.h"

namespace hilum::dicomseg {
namespace {

constexpr std::size_t kMaxLongString = 64;  // LO

Status check_text(std::string_view name, std::string_view text,
                  std::size_t longest = kMaxLongString) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
  if (text.empty() || text.size() > longest || !std::all_of(text.begin(), text.end(), plain)) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} must be 1 to {} printable ASCII characters without backslash",
                             name, longest)};
  }
  return ok();
}

Status check_segment(const WrittenSegment& segment, const Findings& findings) {
  if (auto fits = check_text("a segment's tracking identifier", segment.tracking_id); !fits) {
    return fits;
  }
  if (auto uid = checked_uid(segment.tracking_uid); !uid) return std::move(uid).error();
  const auto measured = [&](int label) {
    return label >= 1 && static_cast<std::size_t>(label) <= findings.segments.size();
  };
  if (segment.labels.empty() ||
      !std::all_of(segment.labels.begin(), segment.labels.end(), measured)) {
    return Error{
        ErrorCode::kInternal,
        fmt::format("segment {} consists of labels that were not measured", segment.number)};
  }
  return ok();
}

bool finite(const LungMeasures& lung) {
  return std::isfinite(lung.artery_ml) && std::isfinite(lung.vein_ml) &&
         std::isfinite(lung.lung_ml.value_or(0));
}

bool finite(const SegmentMeasures& segment) {
  const auto& parts = segment.by_cross_section_ml;
  return std::isfinite(segment.millilitres) &&
         std::all_of(parts.begin(), parts.end(), [](double ml) { return std::isfinite(ml); }) &&
         (!segment.hu ||
          (std::isfinite(segment.hu->mean) && std::isfinite(segment.hu->standard_deviation)));
}

}  // namespace

Status check_report(const ResultRequest& request, std::span<const WrittenSegment> segments,
                    const ReportOptions& options) {
  const Equipment& device = options.equipment;
  const struct {
    std::string_view name;
    std::string_view text;
    std::size_t longest;
  } texts[] = {
      {"the series description", options.series_description, kMaxReportDescription},
      {"the manufacturer", device.manufacturer, kMaxLongString},
      {"the manufacturer's model name", device.manufacturer_model_name, kMaxLongString},
      {"the device's serial number", device.device_serial_number, kMaxLongString},
      {"the software version", device.software_version, kMaxLongString},
      {"the model's name", request.model.name, kMaxLongString},
      {"the model's version", request.model.version, kMaxLongString},
      {"the model's digest", request.model.sha256, kMaxLongString},
  };
  for (const auto& [name, text, longest] : texts) {
    if (auto fits = check_text(name, text, longest); !fits) return fits;
  }
  const Findings& findings = request.findings;
  for (const WrittenSegment& segment : segments) {
    if (auto fits = check_segment(segment, findings); !fits) return fits;
  }
  if (!finite(findings.left) || !finite(findings.right) ||
      !std::all_of(findings.segments.begin(), findings.segments.end(),
                   [](const SegmentMeasures& segment) { return finite(segment); })) {
    return Error{ErrorCode::kInternal, "a measurement is not a number"};
  }
  return ok();
}

}  // namespace hilum::dicomseg
