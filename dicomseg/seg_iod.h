#pragma once

#include "dicomseg/dataset_writer.h"
#include "dicomseg/seg_layout.h"
#include "dicomseg/seg_plan.h"
#include "dicomseg/seg_source.h"
#include "dicomseg/seg_writer.h"
#include "pipeline/domain/result_object.h"

/// Private to dicomseg/: request -> data set of a segmentation, module by module. Written with
/// dcmdata alone: adr/0002-segmentations-without-dcmseg.md.
namespace hilum::dicomseg {

/// Label Map Segmentation Storage (Sup 243), which DCMTK 3.6.7 does not know.
inline constexpr const char* kLabelMapSegmentationStorage = "1.2.840.10008.5.1.4.1.1.66.7";

struct SegInput {
  const ResultRequest& request;
  const SegOptions& options;
  const ViewerProfile& profile;
  const SegLayout& layout;
  const SegPlan& plan;
  const SegSource& source;

  [[nodiscard]] bool is_label_map() const {
    return profile.segmentation == ViewerProfile::Segmentation::kLabelMap;
  }
  [[nodiscard]] std::string tracking_uid(std::size_t segment) const;
};

/// Segment Sequence (PS3.3 C.8.20.4), Segmentation Type and what belongs to them.
OFCondition write_segments(const SegInput& input, DcmItem& dataset);

/// Dimensions and functional groups (PS3.3 C.7.6.16, C.7.6.17), in the words of the source.
OFCondition write_frames(const SegInput& input, DcmItem& dataset);

/// Pixel description and Pixel Data (PS3.3 C.8.20.2).
OFCondition write_pixels(const SegInput& input, DcmItem& dataset);

/// The whole object into `dataset`, which is empty.
Status write_dataset(const SegInput& input, DcmDataset& dataset);

}  // namespace hilum::dicomseg
