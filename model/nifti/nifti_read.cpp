#include <fmt/format.h>
#include <nifti2_io.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <utility>
#include <vector>

#include "model/nifti/nifti.h"
#include "model/nifti/nifti_header.h"
#include "model/nifti/nifti_stream.h"

namespace hilum::model {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
/// How far from a whole number a label may be: slopes are float32.
constexpr double kLabelTolerance = 1e-3;

struct OpenNifti {
  NiftiStream stream;
  NiftiHeader header;
};

/// Opens, checks the header, and moves on to the first voxel.
Result<OpenNifti> open_nifti(const std::filesystem::path& file) {
  auto stream = NiftiStream::open(file);
  if (!stream) return std::move(stream).error();
  std::vector<std::byte> start(kNifti2HeaderBytes);
  auto got = stream->read_some(start);
  if (!got) return std::move(got).error();
  start.resize(*got);
  auto header = parse_nifti_header(start);
  if (!header) return std::move(header).error();

  const std::uint64_t voxel_bytes = std::uint64_t{header->voxel_count()} * size_of(header->type);
  if (!stream->can_hold(header->voxel_offset + voxel_bytes)) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("it claims {} x {} x {} voxels of {} bytes and is too short for them: "
                    "truncated",
                    header->size[0], header->size[1], header->size[2], size_of(header->type))};
  }
  return OpenNifti{*std::move(stream), *std::move(header)};
}

/// Voxels of a NIfTI-1 file may start within the bytes that were read as a NIfTI-2 header, so the
/// file is opened once more for them.
Result<NiftiStream> at_first_voxel(const std::filesystem::path& file, const NiftiHeader& header) {
  auto stream = NiftiStream::open(file);
  if (!stream) return stream;
  std::vector<std::byte> skipped(std::min<std::uint64_t>(header.voxel_offset, kChunkBytes));
  for (std::uint64_t left = header.voxel_offset; left > 0;) {
    const auto part = std::min<std::uint64_t>(left, skipped.size());
    auto read = stream->read_all(std::span(skipped).first(part));
    if (!read) return std::move(read).error();
    left -= part;
  }
  return stream;
}

Geometry geometry_of(const NiftiHeader& header) {
  Geometry geometry;
  geometry.size = {header.size[2], header.size[1], header.size[0]};
  geometry.voxel_to_lps = header.voxel_to_ras;
  // RAS -> LPS: the first two patient axes point the other way.
  for (std::size_t i = 0; i < 8; ++i) geometry.voxel_to_lps[i] *= -1;
  return geometry;
}

/// Calls `take(first voxel, values)` for each chunk of voxels, in order.
template <class Raw, class Take>
Status each_chunk(NiftiStream& stream, const NiftiHeader& header, const Take& take) {
  const std::size_t per_chunk = kChunkBytes / sizeof(Raw);
  std::vector<Raw> raw(std::min(per_chunk, header.voxel_count()));
  for (std::size_t first = 0; first < header.voxel_count(); first += per_chunk) {
    const auto chunk = std::span(raw).first(std::min(per_chunk, header.voxel_count() - first));
    if (auto read = stream.read_all(std::as_writable_bytes(chunk)); !read) return read;
    if (sizeof(Raw) > 1 && header.byte_order == ByteOrder::kSwapped) {
      nifti_swap_Nbytes(static_cast<std::int64_t>(chunk.size()), sizeof(Raw), chunk.data());
    }
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      const double value = header.slope * static_cast<double>(chunk[i]) + header.intercept;
      if (!take(first + i, value)) {
        const std::size_t voxel = first + i;
        const auto ni = static_cast<std::size_t>(header.size[0]);
        const auto nj = static_cast<std::size_t>(header.size[1]);
        return Error{ErrorCode::kInvalidInput,
                     fmt::format("voxel ({}, {}, {}) is {}", voxel % ni, voxel / ni % nj,
                                 voxel / ni / nj, value)};
      }
    }
  }
  return stream.finish();
}

/// Calls `take(index, value)` for each voxel, in order, until it answers false.
template <class Take>
Status each_voxel(NiftiStream& stream, const NiftiHeader& header, const Take& take) {
  switch (header.type) {
    case NiftiType::kUint8:
      return each_chunk<std::uint8_t>(stream, header, take);
    case NiftiType::kInt8:
      return each_chunk<std::int8_t>(stream, header, take);
    case NiftiType::kInt16:
      return each_chunk<std::int16_t>(stream, header, take);
    case NiftiType::kUint16:
      return each_chunk<std::uint16_t>(stream, header, take);
    case NiftiType::kInt32:
      return each_chunk<std::int32_t>(stream, header, take);
    case NiftiType::kUint32:
      return each_chunk<std::uint32_t>(stream, header, take);
    case NiftiType::kInt64:
      return each_chunk<std::int64_t>(stream, header, take);
    case NiftiType::kUint64:
      return each_chunk<std::uint64_t>(stream, header, take);
    case NiftiType::kFloat32:
      return each_chunk<float>(stream, header, take);
    case NiftiType::kFloat64:
      return each_chunk<double>(stream, header, take);
  }
  return Error{ErrorCode::kInternal, "voxel type"};
}

/// Opens the file, makes room for its voxels with `allocate(voxel count)`, fills it with `take`.
template <class Allocate, class Take>
Result<Geometry> read_voxels(const std::filesystem::path& file, const Allocate& allocate,
                             const Take& take) {
  auto opened = open_nifti(file);
  if (!opened) return std::move(opened).error();
  try {
    allocate(opened->header.voxel_count());
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kNoSpace,
                 fmt::format("no memory for {} voxels", opened->header.voxel_count())};
  }
  auto stream = at_first_voxel(file, opened->header);
  if (!stream) return std::move(stream).error();
  if (auto read = each_voxel(*stream, opened->header, take); !read) return std::move(read).error();
  return geometry_of(opened->header);
}

std::string context(const std::filesystem::path& file) {
  return fmt::format("read {}", file.string());
}

}  // namespace

Result<NiftiInfo> inspect_nifti(const std::filesystem::path& file) {
  auto opened = open_nifti(file);
  if (!opened) return std::move(opened).error().in(context(file));
  return NiftiInfo{geometry_of(opened->header), opened->header.description};
}

Result<Volume> read_nifti_ct(const std::filesystem::path& file) {
  using Limits = std::numeric_limits<std::int16_t>;
  Volume volume;
  auto geometry = read_voxels(
      file, [&](std::size_t voxels) { volume.hu.resize(voxels); },
      [&](std::size_t index, double value) {
        if (std::isnan(value)) return false;
        const double clamped = std::clamp(value, double{Limits::min()}, double{Limits::max()});
        volume.hu[index] = static_cast<std::int16_t>(std::lround(clamped));
        return true;
      });
  if (!geometry) return std::move(geometry).error().in(context(file));
  volume.geometry = *std::move(geometry);
  return volume;
}

Result<LabelMap> read_nifti_labels(const std::filesystem::path& file) {
  LabelMap labels;
  auto geometry = read_voxels(
      file, [&](std::size_t voxels) { labels.label.resize(voxels); },
      [&](std::size_t index, double value) {
        // Written so that NaN fails.
        if (!(value >= -kLabelTolerance && value <= kMaxNiftiLabel + kLabelTolerance)) return false;
        const double whole = std::round(value);
        labels.label[index] = static_cast<std::uint8_t>(std::abs(whole));  // no -0 surprises
        return std::abs(value - whole) <= kLabelTolerance;
      });
  if (!geometry) {
    Error error = std::move(geometry).error();
    if (error.message.starts_with("voxel (")) {
      error.message += fmt::format("; labels are whole numbers 0..{}", kMaxNiftiLabel);
    }
    return std::move(error).in(context(file));
  }
  labels.geometry = *std::move(geometry);
  return labels;
}

}  // namespace hilum::model
