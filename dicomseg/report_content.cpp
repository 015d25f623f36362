#include "dicomseg/report_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dicomseg/report_codes.h"
#include "pipeline/domain/vessel.h"

namespace hilum::dicomseg {
namespace {

constexpr std::string_view kCrossSectionText =
    "Vessel volume by the area of the vessel's cross-section: BV5 below 5 mm2, BV5-10 from 5 to "
    "below 10 mm2, BV>10 from 10 mm2 (Estepar et al., Am J Respir Crit Care Med 188, 2013). The "
    "area is that of the segment, at each place of its centreline: the volume of a slab across it "
    "over the slab's thickness. Vessels that the model does not find are missing, thin ones most: "
    "compare results of one model and one slice thickness only.";

/// The same everywhere, and never "-0.0".
std::string decimal(double value, int digits) {
  std::string text = fmt::format("{:.{}f}", value, digits);
  const bool zero = text.find_first_not_of("-0.") == std::string::npos;
  return zero && text.starts_with('-') ? text.substr(1) : text;
}

ReportMeasurement volume(const CodedConcept& name, double millilitres) {
  return {.name = name,
          .value = decimal(millilitres, 2),
          .unit = codes::kCubicCentimetre,
          .method = codes::kSumOfVoxels};
}

ReportMeasurement attenuation(double value, const CodedConcept& derivation) {
  return {.name = codes::kAttenuation,
          .value = decimal(value, 1),
          .unit = codes::kHounsfieldUnit,
          .derivation = derivation};
}

void add_cross_sections(const SegmentMeasures& measures, ReportGroup& group) {
  static_assert(kCrossSections == 3);
  const CodedConcept names[] = {codes::kBelow5, codes::k5To10, codes::kFrom10};
  for (std::size_t i = 0; i < kCrossSections; ++i) {
    group.measurements.push_back(volume(names[i], measures.by_cross_section_ml[i]));
  }
}

std::optional<CodedConcept> laterality_of(Side side) {
  if (side == Side::kLeft) return codes::kLeft;
  if (side == Side::kRight) return codes::kRight;
  return std::nullopt;
}

/// Where a segment lies: as its description says; pulmonary vessels without one, in the lung.
std::optional<CodedConcept> site_of(const SegmentSpec& spec) {
  if (spec.anatomic_region) return spec.anatomic_region;
  if (vessel_of(spec) != Vessel::kOther) return codes::kLung;
  return std::nullopt;
}

ReportGroup segment_group(const Findings& findings, const WrittenSegment& segment,
                          std::size_t index) {
  const SegmentMeasures measures = united(findings, segment.labels);
  ReportGroup group{.name = segment.tracking_id,
                    .tracking_uid = segment.tracking_uid,
                    .finding = segment.spec.type,
                    .site = site_of(segment.spec),
                    .segment = index};
  if (group.site) group.laterality = laterality_of(side_of(segment.spec));
  group.measurements.push_back(volume(codes::kVolume, measures.millilitres));
  if (measures.hu) {
    group.measurements.push_back(attenuation(measures.hu->mean, codes::kMean));
    group.measurements.push_back(
        attenuation(measures.hu->standard_deviation, codes::kStandardDeviation));
  }
  add_cross_sections(measures, group);
  return group;
}

bool has(const ModelInfo& model, Vessel vessel, Side side) {
  return std::any_of(model.segments.begin(), model.segments.end(), [&](const SegmentSpec& spec) {
    return vessel_of(spec) == vessel && side_of(spec) == side;
  });
}

/// Only what the model tells apart: 0 ml of what it does not know would be no measurement.
ReportGroup lung_group(const ResultRequest& request, Side side) {
  const bool left = side == Side::kLeft;
  const LungMeasures& lung = left ? request.findings.left : request.findings.right;
  const bool arteries = has(request.model, Vessel::kArtery, side);
  const bool veins = has(request.model, Vessel::kVein, side);
  ReportGroup group{.name = left ? "Left lung" : "Right lung",
                    .tracking_uid = request.identity.uid(left ? "report/left" : "report/right"),
                    .finding = codes::kLung,
                    .site = codes::kLung,
                    .laterality = laterality_of(side)};
  if (arteries) group.measurements.push_back(volume(codes::kArteryVolume, lung.artery_ml));
  if (veins) group.measurements.push_back(volume(codes::kVeinVolume, lung.vein_ml));
  if (const auto ratio = lung.artery_vein_ratio(); ratio && arteries && veins) {
    group.measurements.push_back(
        {.name = codes::kArteryVeinRatio, .value = decimal(*ratio, 2), .unit = codes::kRatio});
  }
  if (lung.lung_ml) group.measurements.push_back(volume(codes::kLungVolume, *lung.lung_ml));
  return group;
}

ReportGroup total_group(const ResultRequest& request) {
  std::vector<int> labels;
  for (std::size_t i = 0; i < request.findings.segments.size(); ++i) {
    labels.push_back(static_cast<int>(i) + 1);
  }
  const SegmentMeasures all = united(request.findings, labels);
  ReportGroup group{.name = "All segments", .tracking_uid = request.identity.uid("report/all")};
  group.measurements.push_back(volume(codes::kTotalVolume, all.millilitres));
  add_cross_sections(all, group);
  return group;
}

std::string printable(std::string_view text) {
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return result;
}

std::vector<ReportText> notices_of(const ModelInfo& model) {
  std::vector<ReportText> notices;
  if (!model.trained) notices.push_back({codes::kIntendedUse, "UNTRAINED TEST MODEL"});
  notices.push_back({codes::kIntendedUse, "Research software: not for clinical use"});
  return notices;
}

std::vector<ReportText> remarks_of(const ResultRequest& request) {
  std::vector<ReportText> remarks{{codes::kCrossSectionMethod, std::string(kCrossSectionText)}};
  for (const Doubt& doubt : request.findings.doubts) {
    remarks.push_back({codes::kDoubt, printable(doubt.text)});
  }
  if (request.findings.doubts.empty()) {
    remarks.push_back({codes::kChecks, "Nothing unusual was noticed"});
  }
  for (const std::string& note : request.source.notes) {
    remarks.push_back({codes::kSourceNote, printable(note)});
  }
  return remarks;
}

}  // namespace

SegmentMeasures united(const Findings& findings, std::span<const int> labels) {
  SegmentMeasures all;
  double measured = 0;  // voxels with an attenuation
  double sum = 0;
  for (const int label : labels) {
    const SegmentMeasures& one = findings.segments[static_cast<std::size_t>(label) - 1];
    all.voxels += one.voxels;
    all.millilitres += one.millilitres;
    for (std::size_t i = 0; i < kCrossSections; ++i) {
      all.by_cross_section_ml[i] += one.by_cross_section_ml[i];
    }
    if (!one.hu) continue;
    measured += static_cast<double>(one.voxels);
    sum += static_cast<double>(one.voxels) * one.hu->mean;
  }
  if (measured <= 0) return all;
  const double mean = sum / measured;
  double squares = 0;
  for (const int label : labels) {
    const SegmentMeasures& one = findings.segments[static_cast<std::size_t>(label) - 1];
    if (!one.hu) continue;
    const double away = one.hu->mean - mean;
    const double own = one.hu->standard_deviation;
    squares += static_cast<double>(one.voxels) * (own * own + away * away);
  }
  all.hu = SegmentMeasures::Attenuation{.mean = mean,
                                        .standard_deviation = std::sqrt(squares / measured)};
  return all;
}

ReportContent make_report_content(const ResultRequest& request,
                                  std::span<const WrittenSegment> segments) {
  ReportContent content{.title = codes::kReportTitle,
                        .algorithm_name = request.model.name,
                        .algorithm_version = request.model.version,
                        .algorithm_parameters = "bundle sha256 " + request.model.sha256,
                        .notices = notices_of(request.model),
                        .groups = {},
                        .remarks = remarks_of(request)};
  for (std::size_t i = 0; i < segments.size(); ++i) {
    content.groups.push_back(segment_group(request.findings, segments[i], i));
  }
  for (const Side side : {Side::kLeft, Side::kRight}) {
    ReportGroup group = lung_group(request, side);
    if (!group.measurements.empty()) content.groups.push_back(std::move(group));
  }
  content.groups.push_back(total_group(request));
  return content;
}

}  // namespace hilum::dicomseg
