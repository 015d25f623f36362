#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "pipeline/domain/result.h"

/// Private to model/nifti.
namespace hilum::model {

/// Voxel types that are read; the values are NIfTI's datatype codes.
enum class NiftiType {
  kUint8 = 2,
  kInt16 = 4,
  kInt32 = 8,
  kFloat32 = 16,
  kFloat64 = 64,
  kInt8 = 256,
  kUint16 = 512,
  kUint32 = 768,
  kInt64 = 1024,
  kUint64 = 1280,
};

/// Bytes of one voxel.
std::size_t size_of(NiftiType type);

enum class ByteOrder { kOurs, kSwapped };

/// A header whose every field was checked.
struct NiftiHeader {
  NiftiType type = NiftiType::kInt16;
  ByteOrder byte_order = ByteOrder::kOurs;
  std::array<int, 3> size{};       ///< (ni, nj, nk), each 1..32767, product <= kMaxNiftiVoxels
  std::uint64_t voxel_offset = 0;  ///< bytes from the start of the (uncompressed) file
  double slope = 1;
  double intercept = 0;
  std::array<double, 16> voxel_to_ras{};  ///< row-major 4x4, (i, j, k, 1) to mm
  std::string description;

  [[nodiscard]] std::size_t voxel_count() const {
    return static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
           static_cast<std::size_t>(size[2]);
  }
};

/// Bytes of the larger header, NIfTI-2's; NIfTI-1's is 348.
inline constexpr std::size_t kNifti2HeaderBytes = 540;
inline constexpr std::size_t kNifti1HeaderBytes = 348;

/// Reads the header from the first bytes of a file: kNifti2HeaderBytes of them, or all that there
/// are. Errors as of `read_nifti_ct`, without the file's name.
Result<NiftiHeader> parse_nifti_header(std::span<const std::byte> bytes);

}  // namespace hilum::model
