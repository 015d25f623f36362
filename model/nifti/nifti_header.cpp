#include "model/nifti/nifti_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/nifti/nifti.h"
#include "model/nifti/raw_header.h"

namespace hilum::model {
namespace {

constexpr std::int64_t kMaxEdge = 32767;  // what NIfTI-1 can hold

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }
Error unsupported(std::string message) { return {ErrorCode::kUnsupported, std::move(message)}; }

Status check_type(const nifti_2_header& raw) {
  switch (static_cast<NiftiType>(raw.datatype)) {
    case NiftiType::kUint8:
    case NiftiType::kInt16:
    case NiftiType::kInt32:
    case NiftiType::kFloat32:
    case NiftiType::kFloat64:
    case NiftiType::kInt8:
    case NiftiType::kUint16:
    case NiftiType::kUint32:
    case NiftiType::kInt64:
    case NiftiType::kUint64:
      break;
    default:
      return unsupported(fmt::format(
          "voxel type {} is not read; convert it to whole numbers or floats", raw.datatype));
  }
  const std::size_t bits = size_of(static_cast<NiftiType>(raw.datatype)) * 8;
  if (raw.bitpix != static_cast<std::int16_t>(bits)) {
    return invalid(fmt::format("{} bits per voxel do not go with voxel type {}, which has {}",
                               raw.bitpix, raw.datatype, bits));
  }
  return ok();
}

Result<std::array<int, 3>> checked_size(const nifti_2_header& raw) {
  const std::int64_t rank = raw.dim[0];
  if (rank < 3 || rank > 7) {
    return unsupported(fmt::format("it has {} dimensions, not 3", rank));
  }
  std::array<int, 3> size{};
  std::size_t voxels = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::int64_t edge = raw.dim[axis + 1];
    if (edge < 1 || edge > kMaxEdge) {
      return invalid(fmt::format("dimension {} is {}, not 1..{}", axis + 1, edge, kMaxEdge));
    }
    size[axis] = static_cast<int>(edge);
    voxels *= static_cast<std::size_t>(edge);  // at most 2^45: no overflow
  }
  if (voxels > kMaxNiftiVoxels) {
    return unsupported(fmt::format("{} x {} x {} voxels are more than {}", size[0], size[1],
                                   size[2], kMaxNiftiVoxels));
  }
  for (std::size_t axis = 4; axis <= static_cast<std::size_t>(rank); ++axis) {
    if (raw.dim[axis] != 1) {
      return unsupported(
          fmt::format("dimension {} is {}: only one volume per file is read", axis, raw.dim[axis]));
    }
  }
  return size;
}

std::string description_of(const nifti_2_header& raw) {
  const auto* end = std::find(std::begin(raw.descrip), std::end(raw.descrip), '\0');
  std::string text(std::begin(raw.descrip), end);
  for (char& c : text) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return text;
}

}  // namespace

std::size_t size_of(NiftiType type) {
  switch (type) {
    case NiftiType::kUint8:
    case NiftiType::kInt8:
      return 1;
    case NiftiType::kInt16:
    case NiftiType::kUint16:
      return 2;
    case NiftiType::kInt32:
    case NiftiType::kUint32:
    case NiftiType::kFloat32:
      return 4;
    case NiftiType::kFloat64:
    case NiftiType::kInt64:
    case NiftiType::kUint64:
      return 8;
  }
  return 0;
}

Result<NiftiHeader> parse_nifti_header(std::span<const std::byte> bytes) {
  auto raw = raw_header(bytes);
  if (!raw) return std::move(raw).error();
  const nifti_2_header& fields = raw->fields;
  if (auto typed = check_type(fields); !typed) return std::move(typed).error();
  auto size = checked_size(fields);
  if (!size) return std::move(size).error();
  auto matrix = checked_matrix(fields);
  if (!matrix) return std::move(matrix).error();

  // 0 is written by some tools and means "right after the header".
  std::int64_t offset = fields.vox_offset;
  if (offset == 0) offset = static_cast<std::int64_t>(raw->smallest_offset);
  if (offset < static_cast<std::int64_t>(raw->smallest_offset) ||
      offset > static_cast<std::int64_t>(kMaxVoxelOffset)) {
    return invalid(fmt::format("the offset of its voxels is not {}..{}", raw->smallest_offset,
                               kMaxVoxelOffset));
  }
  const bool scaled =
      fields.scl_slope != 0 && std::isfinite(fields.scl_slope) && std::isfinite(fields.scl_inter);
  return NiftiHeader{.type = static_cast<NiftiType>(fields.datatype),
                     .byte_order = raw->byte_order,
                     .size = *size,
                     .voxel_offset = static_cast<std::uint64_t>(offset),
                     .slope = scaled ? fields.scl_slope : 1,
                     .intercept = scaled ? fields.scl_inter : 0,
                     .voxel_to_ras = *matrix,
                     .description = description_of(fields)};
}

}  // namespace hilum::model
