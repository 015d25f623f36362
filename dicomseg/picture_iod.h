#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <span>

#include "dicomseg/picture_writer.h"
#include "dicomseg/seg_source.h"

/// Private to dicomseg/: pictures -> data set of a secondary capture.
namespace hilum::dicomseg {

struct PictureInput {
  const ResultRequest& request;
  const PictureSeriesOptions& options;
  const SegSource& source;
  std::span<const Picture> pictures;  ///< the frames; one for kSingleFrames
  ViewerProfile::Pictures kind;
  int number;  ///< Instance Number, 1-based
  const SopInstanceUid& sop;
};

/// Writes the information object into `dataset`, which is empty. Texts and pixels were checked.
Status build_picture_object(const PictureInput& input, DcmDataset& dataset);

}  // namespace hilum::dicomseg
