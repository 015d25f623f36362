#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <memory>
#include <string>
#include <vector>

#include "pipeline/domain/result.h"
#include "pipeline/domain/series.h"

/// Private to dicomseg/: what a segmentation takes over from its source images.
namespace hilum::dicomseg {

struct SegSource {
  /// The header of the file of slice 0: patient and study come from it.
  std::unique_ptr<DcmFileFormat> first;
  std::string study;
  std::string series;
  std::string frame_of_reference;
  /// DS strings exactly as the source has them (PS3.3 C.7.6.2): viewers compare them.
  std::string orientation;             ///< 6 values, with the backslashes
  std::string pixel_spacing;           ///< 2 values
  std::string slice_thickness;         ///< empty when the source has none
  std::vector<std::string> positions;  ///< 3 values for each slice
  bool lossy = false;                  ///< any source was compressed with loss
  std::string lossy_ratio;
  std::string lossy_method;
};

/// Reads the headers behind `source.frames`, each file once. kConflict when a file is no longer the
/// instance that was read, kInvalidInput when its geometry is gone.
Result<SegSource> read_seg_source(const LoadedSeries& source);

/// Copies the Patient, Patient Study, General Study and Clinical Trial attributes (PS3.3 C.7.1.1,
/// C.7.2.1, C.7.2.2, C.7.1.3, C.7.2.3), the character set and the time zone byte for byte. What
/// `from` does not have disappears in `to`, except empty attributes of type 2.
OFCondition copy_patient_and_study(DcmItem& from, DcmItem& to);

}  // namespace hilum::dicomseg
