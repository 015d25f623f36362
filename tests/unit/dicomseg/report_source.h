#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "dicomseg/report.h"
#include "dicomseg/report_content.h"
#include "dicomseg/report_text.h"
#include "tests/unit/dicomseg/seg_source.h"

/// What tests of the measurement report share: a series, its SEG, what was measured, the report.
namespace hilum::test {

/// Mean and standard deviation as in a textbook, over all voxels of some labels.
inline SegmentMeasures measured(const LoadedSeries& series, const LabelMap& labels,
                                const std::vector<int>& of) {
  SegmentMeasures m;
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < labels.label.size(); ++i) {
    if (std::find(of.begin(), of.end(), labels.label[i]) == of.end()) continue;
    ++m.voxels;
    sum += series.volume.hu[i];
    squares += double(series.volume.hu[i]) * series.volume.hu[i];
  }
  const auto n = static_cast<double>(m.voxels);
  m.millilitres = n * labels.geometry.voxel_ml();
  m.by_cross_section_ml = {m.millilitres / 2, m.millilitres / 3, m.millilitres / 6};
  if (m.voxels == 0) return m;
  const double mean = sum / n;
  m.hu = {{.mean = mean, .standard_deviation = std::sqrt(squares / n - mean * mean)}};
  return m;
}

/// The findings of the labels of `vessel_model()`.
inline Findings findings_of(const LoadedSeries& series, const LabelMap& labels) {
  Findings f;
  for (int label = 1; label <= 4; ++label) f.segments.push_back(measured(series, labels, {label}));
  f.left = {f.segments[0].millilitres, f.segments[1].millilitres, 1234.5};
  f.right = {f.segments[2].millilitres, f.segments[3].millilitres, std::nullopt};
  return f;
}

/// The segments of a SEG as they stand in its file; segment k is label k.
inline std::vector<WrittenSegment> written_segments(const fs::path& file) {
  const Segmentation seg = reread(file);
  std::vector<WrittenSegment> segments;
  for (const SegSegment& s : seg.segments) {
    segments.push_back({.segmentation = *SopInstanceUid::parse(seg.sop),
                        .segmentation_class = *SopClassUid::parse(UID_SegmentationStorage),
                        .segmentation_series = *SeriesUid::parse(seg.series),
                        .number = s.number,
                        .spec = s.spec,
                        .tracking_id = s.spec.label,
                        .tracking_uid = s.tracking_uid,
                        .labels = {s.number}});
  }
  return segments;
}

/// A series with a SEG and everything that its report is written from; all of it may be changed
/// before `write`.
struct Reported : Source {
  explicit Reported(const CtSeriesOptions& options = {},
                    const std::function<void(LabelMap&)>& change = {},
                    std::array<int, 3> size = {6, 11, 13})
      : Source(size, options),
        seg(encode(vessel_model(), change)),
        segments(written_segments(seg)) {
    findings = findings_of(loaded, labels);
  }
  [[nodiscard]] ResultRequest request() const {
    return {loaded, labels, model, findings, identity, kCreated};
  }
  [[nodiscard]] ReportContent content() const { return make_report_content(request(), segments); }
  fs::path write(const std::string& name = "sr.dcm", const ReportOptions& options = {}) const {
    auto written = write_report(request(), segments, options, dir / name);
    if (!written) FAIL(written.error().message);
    CHECK(written->kind == ResultKind::kReport);
    CHECK(written->sop == identity.sop("report"));
    CHECK(written->series == identity.series("report"));
    return written->file;
  }

  fs::path seg;
  std::vector<WrittenSegment> segments;
  ModelInfo model = vessel_model();
};

/// One content item of a structured report, read without dcmsr.
struct SrItem {
  std::string type;      ///< value type
  std::string concept_;  ///< meaning of its name
  std::string scheme;    ///< of its name
  std::string value;     ///< number, text, UID, meaning of the code, or referenced SOP Instance UID
  std::string unit;
  int segment = 0;  ///< Referenced Segment Number
  std::vector<SrItem> items;

  [[nodiscard]] const SrItem* find(const std::string& name) const {
    for (const SrItem& item : items) {
      if (item.concept_ == name) return &item;
    }
    return nullptr;
  }
  [[nodiscard]] std::string value_of(const std::string& name) const {
    const SrItem* item = find(name);
    return item == nullptr ? "" : item->value;
  }
  [[nodiscard]] std::vector<const SrItem*> all(const std::string& name) const {
    std::vector<const SrItem*> found;
    for (const SrItem& item : items) {
      if (item.concept_ == name) found.push_back(&item);
    }
    return found;
  }
};
/// The tree of a structured report; throws when it is malformed.
SrItem read_sr(const fs::path& file);

/// Series -> SOP instances of the Current Requested Procedure Evidence Sequence.
std::vector<std::pair<std::string, std::vector<std::string>>> evidence_of(const fs::path& file);

}  // namespace hilum::test
