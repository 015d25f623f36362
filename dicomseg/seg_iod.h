#pragma once

#include "dicomseg/seg_encoder.h"
#include "dicomseg/seg_plan.h"
#include "dicomseg/seg_source.h"
#include "pipeline/domain/ports.h"

/// Private to dicomseg/: request -> data set of a segmentation.
namespace hilum::dicomseg {

struct SegInput {
  const SegRequest& request;
  const SegEncoderOptions& options;
  const SegPlan& plan;
  const SegSource& source;
  double spacing_mm;  ///< measured distance of adjacent slices along the normal
};

/// Builds the information object with DCMTK's dcmseg into `dataset`, which is empty: everything but
/// what `complete_seg` replaces. Thread-safe (one at a time: DCMTK's functional group factory is
/// not).
Status build_seg(const SegInput& input, DcmDataset& dataset);

/// What dcmseg 3.6.7 cannot write or writes wrongly: attributes of patient and study, references,
/// dates, lossy compression, pixel data. Checks that the functional groups are complete.
Status complete_seg(const SegInput& input, DcmDataset& dataset);

}  // namespace hilum::dicomseg
