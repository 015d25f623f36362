#include "dicomseg/result_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "dicomseg/picture_writer.h"
#include "dicomseg/report.h"
#include "dicomseg/report_content.h"
#include "dicomseg/seg_iod.h"
#include "dicomseg/seg_layout.h"
#include "dicomseg/seg_writer.h"

namespace hilum::dicomseg {
namespace {

SegOptions seg_options(const ResultWriterOptions& options) {
  return {.series_number = options.series_number, .equipment = options.equipment};
}
ReportOptions report_options(const ResultWriterOptions& options) {
  return {.series_number = options.series_number + kReportNumberOffset,
          .equipment = options.equipment};
}
PictureSeriesOptions picture_options(const ResultWriterOptions& options) {
  return {.series_number = options.series_number + kPicturesNumberOffset,
          .equipment = options.equipment};
}

/// What a profile's pictures show: its segments with its colours, in place of the model's classes.
struct PictureSubject {
  LabelMap labels;  ///< segment numbers; empty: the request's labels are those already
  std::vector<SegmentSpec> segments;
  Findings findings;
};

PictureSubject subject_of(const ResultRequest& request, ViewerProfile profile) {
  // One object with all of them, whatever becomes of the segmentations.
  profile.objects = ViewerProfile::Objects::kOne;
  profile.segmentation = ViewerProfile::Segmentation::kBinary;
  const SegLayout layout = seg_layouts(request.model, profile).front();
  PictureSubject subject{.labels = {}, .segments = {}, .findings = request.findings};
  subject.findings.segments.clear();
  bool same_numbers = true;
  for (const SegmentLayout& segment : layout.segments) {
    subject.segments.push_back(segment.spec);
    const int number = static_cast<int>(subject.segments.size());
    same_numbers = same_numbers && segment.labels == std::vector{number};
    if (request.findings.segments.empty()) continue;  // nobody measured
    subject.findings.segments.push_back(united(request.findings, segment.labels));
  }
  if (same_numbers) return subject;
  const SegmentOfLabel segment_of = layout.segment_of_label();
  subject.labels.geometry = request.labels.geometry;
  subject.labels.label.reserve(request.labels.label.size());
  for (const std::uint8_t label : request.labels.label) {
    subject.labels.label.push_back(segment_of[label]);
  }
  return subject;
}

Result<std::vector<ResultObject>> write_result_pictures(const ResultRequest& request,
                                                        const ViewerProfile& profile,
                                                        const ResultWriterOptions& options,
                                                        const std::filesystem::path& directory) {
  const PictureSubject subject = subject_of(request, profile);
  auto pictures = result_pictures(
      request.source.volume, subject.labels.label.empty() ? request.labels : subject.labels,
      subject.segments, subject.findings, request.model, PictureOptions{});
  if (!pictures) return std::move(pictures).error();
  return write_pictures(request, *pictures, profile.pictures, picture_options(options), directory);
}

}  // namespace

std::vector<NamedSopClass> sop_classes_of(const ViewerProfile& profile) {
  std::vector<NamedSopClass> classes;
  if (profile.segmentation == ViewerProfile::Segmentation::kBinary) {
    classes.push_back({UID_SegmentationStorage, "Segmentation Storage"});
  } else if (profile.segmentation == ViewerProfile::Segmentation::kLabelMap) {
    classes.push_back({kLabelMapSegmentationStorage, "Label Map Segmentation Storage"});
  }
  if (profile.report == ViewerProfile::Report::kSr) {
    classes.push_back({UID_Comprehensive3DSRStorage, "Comprehensive 3D SR Storage"});
  }
  if (profile.pictures == ViewerProfile::Pictures::kMultiFrame) {
    classes.push_back({UID_MultiframeTrueColorSecondaryCaptureImageStorage,
                       "Multi-frame True Color Secondary Capture Image Storage"});
  } else if (profile.pictures == ViewerProfile::Pictures::kSingleFrames) {
    classes.push_back({UID_SecondaryCaptureImageStorage, "Secondary Capture Image Storage"});
  }
  return classes;
}

Result<std::vector<ResultObject>> DcmResultWriter::write(const ResultRequest& request,
                                                         const ViewerProfile& profile,
                                                         const std::filesystem::path& directory) {
  auto segmentations = write_segmentations(request, profile, seg_options(options_), directory);
  if (!segmentations) return std::move(segmentations).error().in("segmentation");
  std::vector<ResultObject> objects = std::move(segmentations->objects);

  if (profile.report == ViewerProfile::Report::kSr) {
    auto report = write_report(request, segmentations->segments, report_options(options_),
                               directory / (request.identity.sop("report").str() + ".dcm"));
    if (!report) return std::move(report).error().in("report");
    objects.push_back(std::move(*report));
  }
  if (profile.pictures != ViewerProfile::Pictures::kNone) {
    auto pictures = write_result_pictures(request, profile, options_, directory);
    if (!pictures) return std::move(pictures).error().in("pictures");
    std::ranges::move(*pictures, std::back_inserter(objects));
  }
  return objects;
}

std::string DcmResultWriter::settings(const ViewerProfile& profile) const {
  const auto number = [](auto choice) { return static_cast<int>(choice); };
  // The profile's name is part of it, so that two destinations never get objects with the same UID
  // that differ.
  return fmt::format(
      "{};{};pictures-layout={};profile={};segmentation={};objects={};classes={};colours={};"
      "empty={};encoding={};report={};pictures={}",
      settings_of(seg_options(options_)), report_settings(report_options(options_)),
      kPicturesLayoutRevision, profile.name, number(profile.segmentation), number(profile.objects),
      number(profile.classes), number(profile.colours), number(profile.empty_frames),
      number(profile.encoding), number(profile.report), number(profile.pictures));
}

}  // namespace hilum::dicomseg
