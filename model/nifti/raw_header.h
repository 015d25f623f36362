#pragma once

#include <nifti2_io.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/nifti/nifti_header.h"
#include "pipeline/domain/result.h"

/// Private to model/nifti, and the only header there that shows the library's types.
namespace hilum::model {

/// The offset can make room for header extensions; real ones are kilobytes.
inline constexpr std::uint64_t kMaxVoxelOffset = std::uint64_t{64} << 20;

/// A header in our byte order. NIfTI-1's is in the fields of NIfTI-2, which are wider, so that one
/// code checks both; only what is read is filled in.
struct RawHeader {
  nifti_2_header fields{};
  ByteOrder byte_order = ByteOrder::kOurs;
  std::uint64_t smallest_offset = 0;  ///< of the voxels
};

/// The first four bytes are the header's own length, which also tells version and byte order.
Result<RawHeader> raw_header(std::span<const std::byte> bytes);

/// The matrix from voxel indices to RAS in mm, from sform or qform; row-major 4x4. kInvalidInput
/// when there is neither, or it is singular or not finite.
Result<std::array<double, 16>> checked_matrix(const nifti_2_header& raw);

}  // namespace hilum::model
