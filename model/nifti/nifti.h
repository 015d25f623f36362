#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "pipeline/domain/result.h"
#include "pipeline/domain/volume.h"

/// NIfTI-1 and NIfTI-2 files (.nii, .nii.gz; https://nifti.nimh.nih.gov), the usual form of public
/// training data. NIfTI's patient axes are RAS+ and its voxel index is (i, j, k) with i fastest;
/// here (x, y, z) = (i, j, k), so that voxels keep their order and the matrix alone is turned into
/// LPS. Whatever direction the axes have (flipped, permuted, oblique, sheared) is in the matrix.
///
/// Nothing a file claims is believed before it is checked: voxel type, bits per voxel, dimensions,
/// offset, and that the file is long enough to hold what it claims. Memory: the result and 1 MiB.
/// Stateless; safe from any thread.
namespace hilum::model {

/// Largest number of voxels that is read or written: 2^30 (1024 slices of 1024 x 1024).
inline constexpr std::size_t kMaxNiftiVoxels = std::size_t{1} << 30;
/// The largest label; 255 is left free for "not labelled".
inline constexpr int kMaxNiftiLabel = 254;

/// What a header says.
struct NiftiInfo {
  Geometry geometry;
  std::string description;  ///< free text, at most 79 bytes, unprintable bytes replaced by '?'
};

/// Reads the header alone. Errors as of `read_nifti_ct`.
Result<NiftiInfo> inspect_nifti(const std::filesystem::path& file);

/// A CT in Hounsfield units: scl_slope and scl_inter applied (a slope of 0 means none), rounded to
/// whole numbers, clamped to int16. Voxel types: signed and unsigned integers of 8 to 64 bits,
/// float32, float64. The matrix is the sform, or without one the qform; lengths in metres or
/// micrometres become millimetres. A fourth dimension of 1 is accepted.
///
/// kNotFound when there is no such file; kUnsupported for other voxel types, .hdr/.img pairs,
/// several frames, more than kMaxNiftiVoxels; kInvalidInput for a file that is damaged, truncated,
/// holds a value that is no number, or has neither sform nor qform; kNoSpace when memory does not
/// suffice.
Result<Volume> read_nifti_ct(const std::filesystem::path& file);

/// Labels: whole numbers 0..kMaxNiftiLabel (within 0.001, after slope and intercept). Another value
/// is kInvalidInput and named with its voxel; other errors as of `read_nifti_ct`.
Result<LabelMap> read_nifti_labels(const std::filesystem::path& file);

/// Writes NIfTI-1, compressed when the name ends in ".gz" (".nii.gz" or ".nii", else
/// kInvalidInput), durably: after a failure the old file is still there. The matrix goes into the
/// sform as float32, and into the qform where it is a rotation with steps (a sheared one cannot
/// be). `description` is cut after 79 bytes. The same input gives the same bytes.
Status write_nifti(const std::filesystem::path& file, const Volume& volume,
                   std::string_view description = {});
/// Labels, as unsigned bytes.
Status write_nifti(const std::filesystem::path& file, const LabelMap& labels,
                   std::string_view description = {});

/// Whether two grids are one: equal sizes, and no corner further away from its counterpart than a
/// tenth of the smallest voxel step (files round their matrices differently). kInvalidInput says
/// what differs, with `what` in front, for example "labels and CT of case7".
Status check_same_grid(const Geometry& a, const Geometry& b, std::string_view what);

}  // namespace hilum::model
