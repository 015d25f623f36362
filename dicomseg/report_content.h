#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/domain/result_object.h"

/// What a measurement report says, before it becomes a structured report (dicomseg/report.h) or a
/// text (dicomseg/report_text.h): both are made from this and nothing else, so they agree.
namespace hilum::dicomseg {

/// A number, as it is written: everywhere with the same digits.
struct ReportMeasurement {
  CodedConcept name;
  std::string value;  ///< decimal, at most 16 characters
  CodedConcept unit;
  std::optional<CodedConcept> method{};
  std::optional<CodedConcept> derivation{};  ///< mean or standard deviation of what `name` says
};

/// Printable ASCII.
struct ReportText {
  CodedConcept name;
  std::string text;
};

/// What was measured of one thing: a segment, a lung, or all segments together.
struct ReportGroup {
  std::string name;  ///< Tracking Identifier
  std::string tracking_uid;
  std::optional<CodedConcept> finding{};
  std::optional<CodedConcept> site{};
  std::optional<CodedConcept> laterality{};  ///< of the site; nothing without one
  std::optional<std::size_t> segment{};      ///< index of the written segment
  std::vector<ReportMeasurement> measurements{};
};

struct ReportContent {
  CodedConcept title;
  std::string algorithm_name;
  std::string algorithm_version;
  std::string algorithm_parameters;  ///< names the bundle
  std::vector<ReportText> notices;   ///< what must be read first
  std::vector<ReportGroup> groups;
  std::vector<ReportText> remarks;  ///< definitions, doubts, notes on the source
};

/// Designator of the private coding scheme for what no public one has.
inline constexpr std::string_view kPrivateScheme = "99HILUM";

/// The measurements of several labels as those of their union. Labels exclude each other, so
/// volumes add up; mean and standard deviation are those of all voxels together. Precondition:
/// 1 <= label <= findings.segments.size().
SegmentMeasures united(const Findings& findings, std::span<const int> labels);

/// Pure. Precondition as of `united`, for every segment.
ReportContent make_report_content(const ResultRequest& request,
                                  std::span<const WrittenSegment> segments);

}  // namespace hilum::dicomseg
