#include "model/nifti/raw_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace hilum::model {
namespace {

/// Below this a matrix has no inverse that means anything (a voxel of 1 micrometre cubed is 1e-9).
constexpr double kMinVoxelMm3 = 1e-9;
constexpr double kMaxCoordinateMm = 1e6;

static_assert(sizeof(nifti_1_header) == kNifti1HeaderBytes);
static_assert(sizeof(nifti_2_header) == kNifti2HeaderBytes);

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }
Error unsupported(std::string message) { return {ErrorCode::kUnsupported, std::move(message)}; }

/// A NIfTI-1 header in the fields of NIfTI-2, which are wider, so that one code checks both.
nifti_2_header widen(const nifti_1_header& one) {
  nifti_2_header two{};
  two.sizeof_hdr = one.sizeof_hdr;
  two.datatype = one.datatype;
  two.bitpix = one.bitpix;
  std::copy(std::begin(one.dim), std::end(one.dim), std::begin(two.dim));
  std::copy(std::begin(one.pixdim), std::end(one.pixdim), std::begin(two.pixdim));
  two.scl_slope = one.scl_slope;
  two.scl_inter = one.scl_inter;
  std::copy(std::begin(one.descrip), std::end(one.descrip), std::begin(two.descrip));
  two.qform_code = one.qform_code;
  two.sform_code = one.sform_code;
  two.quatern_b = one.quatern_b;
  two.quatern_c = one.quatern_c;
  two.quatern_d = one.quatern_d;
  two.qoffset_x = one.qoffset_x;
  two.qoffset_y = one.qoffset_y;
  two.qoffset_z = one.qoffset_z;
  std::copy(std::begin(one.srow_x), std::end(one.srow_x), std::begin(two.srow_x));
  std::copy(std::begin(one.srow_y), std::end(one.srow_y), std::begin(two.srow_y));
  std::copy(std::begin(one.srow_z), std::end(one.srow_z), std::begin(two.srow_z));
  two.xyzt_units = one.xyzt_units;
  // A float; what is no whole number in range becomes a value that the check refuses.
  const bool sane = one.vox_offset >= 0 && one.vox_offset <= static_cast<float>(kMaxVoxelOffset);
  two.vox_offset = sane ? static_cast<std::int64_t>(one.vox_offset) : -1;
  return two;
}

Result<RawHeader> raw_nifti_1(std::span<const std::byte> bytes, ByteOrder order) {
  nifti_1_header one;
  std::memcpy(&one, bytes.data(), sizeof one);
  if (std::memcmp(one.magic, "ni1", 4) == 0) {
    return unsupported("it is the header of a .hdr/.img pair; convert it to one .nii.gz file");
  }
  if (std::memcmp(one.magic, "n+1", 4) != 0) {
    return invalid("its magic is not that of NIfTI-1 (perhaps Analyze 7.5, which has no geometry)");
  }
  if (order == ByteOrder::kSwapped) nifti_swap_as_nifti1(&one);
  return RawHeader{widen(one), order, kNifti1HeaderBytes + 4};
}

Result<RawHeader> raw_nifti_2(std::span<const std::byte> bytes, ByteOrder order) {
  RawHeader raw{.byte_order = order, .smallest_offset = kNifti2HeaderBytes + 4};
  if (bytes.size() < kNifti2HeaderBytes) {
    return invalid(fmt::format("it ends after {} of {} header bytes: truncated", bytes.size(),
                               kNifti2HeaderBytes));
  }
  std::memcpy(&raw.fields, bytes.data(), kNifti2HeaderBytes);
  if (std::memcmp(raw.fields.magic, "ni2", 3) == 0) {
    return unsupported("it is the header of a .hdr/.img pair; convert it to one .nii.gz file");
  }
  if (std::memcmp(raw.fields.magic, "n+2\0\r\n\032\n", 8) != 0) {
    return invalid("its magic is not that of NIfTI-2");
  }
  if (order == ByteOrder::kSwapped) nifti_swap_as_nifti2(&raw.fields);
  return raw;
}

/// Millimetres per unit of length; an absent or unknown unit is the millimetre, as everywhere.
double unit_mm(int xyzt_units) {
  switch (XYZT_TO_SPACE(xyzt_units)) {
    case NIFTI_UNITS_METER:
      return 1e3;
    case NIFTI_UNITS_MICRON:
      return 1e-3;
    default:
      return 1;
  }
}

std::array<double, 16> sform_matrix(const nifti_2_header& raw) {
  std::array<double, 16> matrix{};
  std::copy(std::begin(raw.srow_x), std::end(raw.srow_x), matrix.begin());
  std::copy(std::begin(raw.srow_y), std::end(raw.srow_y), matrix.begin() + 4);
  std::copy(std::begin(raw.srow_z), std::end(raw.srow_z), matrix.begin() + 8);
  return matrix;
}

std::array<double, 16> qform_matrix(const nifti_2_header& raw) {
  const double qfac = raw.pixdim[0] < 0 ? -1 : 1;
  const nifti_dmat44 q = nifti_quatern_to_dmat44(raw.quatern_b, raw.quatern_c, raw.quatern_d,
                                                 raw.qoffset_x, raw.qoffset_y, raw.qoffset_z,
                                                 raw.pixdim[1], raw.pixdim[2], raw.pixdim[3], qfac);
  std::array<double, 16> matrix{};
  for (std::size_t i = 0; i < 12; ++i) matrix[i] = q.m[i / 4][i % 4];
  return matrix;
}

double determinant(const std::array<double, 16>& m) {
  return m[0] * (m[5] * m[10] - m[6] * m[9]) - m[1] * (m[4] * m[10] - m[6] * m[8]) +
         m[2] * (m[4] * m[9] - m[5] * m[8]);
}

}  // namespace

Result<RawHeader> raw_header(std::span<const std::byte> bytes) {
  if (bytes.size() < kNifti1HeaderBytes) {
    return invalid(fmt::format("it ends after {} of {} header bytes: truncated or no NIfTI file",
                               bytes.size(), kNifti1HeaderBytes));
  }
  std::int32_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  std::int32_t swapped = length;
  nifti_swap_4bytes(1, &swapped);
  if (length == static_cast<std::int32_t>(kNifti1HeaderBytes)) {
    return raw_nifti_1(bytes, ByteOrder::kOurs);
  }
  if (swapped == static_cast<std::int32_t>(kNifti1HeaderBytes)) {
    return raw_nifti_1(bytes, ByteOrder::kSwapped);
  }
  if (length == static_cast<std::int32_t>(kNifti2HeaderBytes)) {
    return raw_nifti_2(bytes, ByteOrder::kOurs);
  }
  if (swapped == static_cast<std::int32_t>(kNifti2HeaderBytes)) {
    return raw_nifti_2(bytes, ByteOrder::kSwapped);
  }
  return invalid("it does not start as a NIfTI file does (length of its header: 348 or 540)");
}

Result<std::array<double, 16>> checked_matrix(const nifti_2_header& raw) {
  if (raw.sform_code <= 0 && raw.qform_code <= 0) {
    return invalid(
        "it has neither sform nor qform, so that left and right are unknown; set one of them");
  }
  const bool from_sform = raw.sform_code > 0;
  auto matrix = from_sform ? sform_matrix(raw) : qform_matrix(raw);
  const double scale = unit_mm(raw.xyzt_units);
  for (std::size_t i = 0; i < 12; ++i) {
    matrix[i] *= scale;
    if (!(std::abs(matrix[i]) <= kMaxCoordinateMm)) {  // NaN too
      return invalid(fmt::format("its {} holds {}", from_sform ? "sform" : "qform", matrix[i]));
    }
  }
  matrix[15] = 1;
  if (std::abs(determinant(matrix)) < kMinVoxelMm3) {
    return invalid(fmt::format("its {} is singular", from_sform ? "sform" : "qform"));
  }
  return matrix;
}

}  // namespace hilum::model
