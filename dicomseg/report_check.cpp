#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dicomseg/report_iod.h"
#include "dicomseg/result_texts.h"

namespace hilum::dicomseg {
namespace {

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
  auto fits = check_texts(options.series_description, options.equipment, request.model);
  if (fits) fits = check_text("the model's digest", request.model.sha256);
  if (!fits) return fits;
  const Findings& findings = request.findings;
  for (const WrittenSegment& segment : segments) {
    if (fits = check_segment(segment, findings); !fits) return fits;
  }
  if (!finite(findings.left) || !finite(findings.right) ||
      !std::all_of(findings.segments.begin(), findings.segments.end(),
                   [](const SegmentMeasures& segment) { return finite(segment); })) {
    return Error{ErrorCode::kInternal, "a measurement is not a number"};
  }
  return ok();
}

}  // namespace hilum::dicomseg
