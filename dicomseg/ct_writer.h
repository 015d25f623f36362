#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dicomseg/hu_conversion.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/uid.h"
#include "pipeline/domain/volume.h"

namespace hilum::dicomseg {

/// How `write_ct_series` writes. The defaults give a plain series that holds every int16 exactly.
struct CtSeriesOptions {
  /// All UIDs that are not given derive from it: the same seed gives the same series again.
  std::string seed = "hilum synthetic CT";
  std::optional<StudyUid> study{};
  std::optional<SeriesUid> series{};

  std::string character_set{};  ///< (0008,0005); absent when empty. Strings are written bytewise.
  std::string patient_name = "Synthetic^Phantom";
  std::string patient_id = "SYNTHETIC";
  std::string patient_birth_date = "19700101";
  std::string patient_sex = "O";
  std::string study_description = "Synthetic chest CT";
  std::string series_description = "Synthetic chest CT";
  std::string study_date = "20200101";
  std::string study_time = "120000";
  int series_number = 1;
  std::string image_type = "DERIVED\\SECONDARY\\AXIAL";

  /// Layout of the stored pixels; 16 bits allocated. With a padding value, voxels below -1024 HU
  /// are written as that value.
  PixelFormat format{};
  /// One for all slices, or one for each.
  std::vector<Rescale> rescale{Rescale{}};

  enum class Syntax { kImplicitLittle, kExplicitLittle, kExplicitBig, kDeflated, kRle };
  Syntax syntax = Syntax::kExplicitLittle;
  /// Instance number of slice z, which is also the file's name ("0001.dcm"): neither says anything
  /// about the position.
  enum class Numbering { kAscending, kReversed, kShuffled };
  Numbering numbering = Numbering::kAscending;
};

/// Writes a volume as a CT Image Storage series, one file per slice, into the existing directory
/// `dir`. Any affine with rows and columns at a right angle can be written, a tilted stack too.
/// Values that the format cannot hold are clamped. Returns the files in the order of the slices.
/// Synthetic patient: for phantoms, demonstrations and tests. kInvalidInput when volume and options
/// do not fit together.
Result<std::vector<std::filesystem::path>> write_ct_series(const Volume& volume,
                                                           const CtSeriesOptions& options,
                                                           const std::filesystem::path& dir);

}  // namespace hilum::dicomseg
