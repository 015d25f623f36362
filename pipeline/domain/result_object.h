#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/domain/findings.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/series.h"
#include "pipeline/domain/uid.h"
#include "pipeline/domain/volume.h"

/// What a piece of work results in: DICOM objects, each in a file.
namespace hilum {

/// Names one piece of work; the UIDs of everything that it results in follow from it. The same work
/// always has the same UIDs, so what is made or sent again replaces itself in the PACS.
class ResultIdentity {
 public:
  explicit ResultIdentity(std::string work) : work_(std::move(work)) {}

  /// A UID for `what`, which is unique within the work: "seg/series".
  [[nodiscard]] std::string uid(std::string_view what) const {
    return derived_uid(work_ + "\n" + std::string(what));
  }
  [[nodiscard]] SeriesUid series(std::string_view what) const {
    return *SeriesUid::parse(uid(std::string(what) + "/series"));  // derived UIDs are valid
  }
  [[nodiscard]] SopInstanceUid sop(std::string_view what) const {
    return *SopInstanceUid::parse(uid(std::string(what) + "/sop"));
  }

 private:
  std::string work_;
};

/// Everything that a result's objects are written from.
struct ResultRequest {
  const LoadedSeries& source;
  const LabelMap& labels;
  const ModelInfo& model;
  const Findings& findings;
  const ResultIdentity& identity;
  Time created_at;
};

enum class ResultKind { kSegmentation, kReport, kPictures };
std::string_view to_string(ResultKind kind);
Result<ResultKind> result_kind_from(std::string_view name);

struct ResultObject {
  ResultKind kind{};
  SeriesUid series;
  SopInstanceUid sop;
  std::filesystem::path file;
  std::string text{};  ///< of a report: what it says, for people; not kept in the database
};

/// One segment as it stands in a segmentation, for objects that refer to it.
struct WrittenSegment {
  SopInstanceUid segmentation;
  SopClassUid segmentation_class;
  SeriesUid segmentation_series;
  int number = 0;            ///< Segment Number
  SegmentSpec spec;          ///< label, codes and colour as written
  std::string tracking_id;   ///< (0062,0020)
  std::string tracking_uid;  ///< (0062,0021)
  std::vector<int> labels;   ///< which labels of the label map it is, 1-based
};

}  // namespace hilum
