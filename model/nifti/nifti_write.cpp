#include <fmt/format.h>
#include <nifti2_io.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "model/nifti/nifti.h"
#include "pipeline/domain/durable_file.h"
#include "pipeline/domain/posix_file.h"

namespace hilum::model {
namespace {

constexpr int kMaxEdge = 32767;
/// Cosine of the angle between two axes above which a matrix counts as sheared.
constexpr double kOrthogonalCosine = 1e-4;
/// Better ones take five times as long for a tenth of the size.
constexpr char kCompressed[] = "wb3";
constexpr char kPlain[] = "wbT";
constexpr std::size_t kPieceBytes = std::size_t{1} << 24;

struct VoxelBytes {
  std::span<const std::byte> bytes;
  std::int16_t datatype;
  std::int16_t bits;
};

double dot(const Vec3& a, const Vec3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

bool is_orthogonal(const Geometry& geometry) {
  for (int a = 0; a < 3; ++a) {
    const Vec3 u = geometry.step_mm(a);
    const Vec3 v = geometry.step_mm((a + 1) % 3);
    if (std::abs(dot(u, v)) > kOrthogonalCosine * std::sqrt(dot(u, u) * dot(v, v))) return false;
  }
  return true;
}

void set_matrix(nifti_1_header& header, const Geometry& geometry) {
  nifti_dmat44 ras{};
  for (std::size_t i = 0; i < 12; ++i) {
    ras.m[i / 4][i % 4] = (i < 8 ? -1 : 1) * geometry.voxel_to_lps[i];  // LPS -> RAS
  }
  ras.m[3][3] = 1;
  for (std::size_t i = 0; i < 4; ++i) {
    header.srow_x[i] = static_cast<float>(ras.m[0][i]);
    header.srow_y[i] = static_cast<float>(ras.m[1][i]);
    header.srow_z[i] = static_cast<float>(ras.m[2][i]);
  }
  header.sform_code = NIFTI_XFORM_SCANNER_ANAT;

  std::array<double, 3> offset{};
  std::array<double, 3> step{};
  double b = 0;
  double c = 0;
  double d = 0;
  double qfac = 1;
  nifti_dmat44_to_quatern(ras, &b, &c, &d, &offset[0], &offset[1], &offset[2], &step[0], &step[1],
                          &step[2], &qfac);
  header.pixdim[0] = static_cast<float>(qfac);
  for (std::size_t i = 0; i < 3; ++i) header.pixdim[i + 1] = static_cast<float>(step[i]);
  if (!is_orthogonal(geometry)) return;
  header.quatern_b = static_cast<float>(b);
  header.quatern_c = static_cast<float>(c);
  header.quatern_d = static_cast<float>(d);
  header.qoffset_x = static_cast<float>(offset[0]);
  header.qoffset_y = static_cast<float>(offset[1]);
  header.qoffset_z = static_cast<float>(offset[2]);
  header.qform_code = NIFTI_XFORM_SCANNER_ANAT;
}

nifti_1_header make_header(const Geometry& geometry, const VoxelBytes& voxels,
                           std::string_view description) {
  nifti_1_header header{};
  header.sizeof_hdr = sizeof header;
  header.regular = 'r';  // some readers of the Analyze tradition look for it
  header.dim[0] = 3;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    header.dim[axis + 1] = static_cast<std::int16_t>(geometry.size[2 - axis]);
  }
  std::fill(header.dim + 4, header.dim + 8, std::int16_t{1});
  header.datatype = voxels.datatype;
  header.bitpix = voxels.bits;
  header.vox_offset = sizeof header + 4;
  header.scl_slope = 1;
  header.xyzt_units = NIFTI_UNITS_MM;
  const std::size_t length = std::min(description.size(), sizeof header.descrip - 1);
  std::copy_n(description.begin(), length, header.descrip);
  std::memcpy(header.magic, "n+1", 4);
  set_matrix(header, geometry);
  return header;
}

struct CloseGz {
  void operator()(gzFile file) const { gzclose(file); }
};

Status write_bytes(gzFile file, std::span<const std::byte> bytes,
                   const std::filesystem::path& name) {
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t piece = std::min(bytes.size() - done, kPieceBytes);
    errno = 0;
    const int written = gzwrite(file, bytes.data() + done, static_cast<unsigned>(piece));
    if (written <= 0) return errno_error(errno != 0 ? errno : EIO, "write", name);
    done += static_cast<std::size_t>(written);
  }
  return ok();
}

Status write_file(const std::filesystem::path& file, const char* mode,
                  std::span<const std::byte> header, std::span<const std::byte> voxels) {
  return replace_file(file, [&](const std::filesystem::path& part) -> Status {
    errno = 0;
    std::unique_ptr<gzFile_s, CloseGz> gz(gzopen(part.c_str(), mode));
    if (gz == nullptr) return errno_error(errno != 0 ? errno : ENOMEM, "create", part);
    // Four zero bytes: no header extension follows.
    constexpr std::array<std::byte, 4> kNoExtension{};
    for (const auto piece : {header, std::span<const std::byte>(kNoExtension), voxels}) {
      if (auto written = write_bytes(gz.get(), piece, part); !written) return written;
    }
    errno = 0;
    if (gzclose(gz.release()) != Z_OK) return errno_error(errno != 0 ? errno : EIO, "write", part);
    return ok();
  });
}

Status write_any(const std::filesystem::path& file, const Geometry& geometry,
                 const VoxelBytes& voxels, std::string_view description) {
  const std::string name = file.string();
  const bool compressed = name.ends_with(".nii.gz");
  if (!compressed && !name.ends_with(".nii")) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("write {}: the name must end in .nii.gz or .nii", name)};
  }
  const auto [smallest, largest] = std::minmax_element(geometry.size.begin(), geometry.size.end());
  if (*smallest < 1 || *largest > kMaxEdge || geometry.voxel_count() > kMaxNiftiVoxels ||
      geometry.voxel_count() * static_cast<std::size_t>(voxels.bits) / 8 != voxels.bytes.size()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("write {}: {} x {} x {} voxels do not fit a NIfTI-1 file or the {} "
                             "bytes given",
                             name, geometry.size[2], geometry.size[1], geometry.size[0],
                             voxels.bytes.size())};
  }
  const nifti_1_header header = make_header(geometry, voxels, description);
  auto written = write_file(file, compressed ? kCompressed : kPlain,
                            std::as_bytes(std::span(&header, 1)), voxels.bytes);
  if (!written) return std::move(written).error().in("write " + name);
  return written;
}

}  // namespace

Status write_nifti(const std::filesystem::path& file, const Volume& volume,
                   std::string_view description) {
  return write_any(file, volume.geometry,
                   {std::as_bytes(std::span(volume.hu)), NIFTI_TYPE_INT16, 16}, description);
}

Status write_nifti(const std::filesystem::path& file, const LabelMap& labels,
                   std::string_view description) {
  return write_any(file, labels.geometry,
                   {std::as_bytes(std::span(labels.label)), NIFTI_TYPE_UINT8, 8}, description);
}

}  // namespace hilum::model
