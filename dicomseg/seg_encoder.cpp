#include "dicomseg/seg_encoder.h"

#include <fmt/format.h>

#include <cmath>
#include <new>

#include "dicomseg/dcmtk_error.h"
#include "dicomseg/part10_file.h"
#include "dicomseg/seg_iod.h"
#include "dicomseg/seg_texts.h"
#include "dicomseg/slice_order.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::dicomseg {
namespace {

/// Increased whenever the bytes of a result change for the same request and options.
constexpr int kLayoutRevision = 2;

Status check_request(const SegRequest& request) {
  const Geometry& source = request.source.volume.geometry;
  const Geometry& labels = request.labels.geometry;
  if (labels.size != source.size || labels.voxel_to_lps != source.voxel_to_lps) {
    return Error{ErrorCode::kInternal, "the labels are not on the grid of the source series"};
  }
  if (request.source.frames.size() != static_cast<std::size_t>(source.size[0])) {
    return Error{ErrorCode::kInternal, "the source series does not name the image of every slice"};
  }
  return ok();
}

double spacing_along_normal(const Geometry& geometry) {
  const SlicePlane plane{.row_cosines = geometry.step_mm(0), .column_cosines = geometry.step_mm(1)};
  const Vec3 normal = slice_normal(plane);  // of any length of the two steps
  const Vec3 step = geometry.step_mm(2);
  return std::abs(step[0] * normal[0] + step[1] * normal[1] + step[2] * normal[2]);
}

/// Writes and makes sure that every byte arrived: DCMTK does not look at what fclose() says.
Status write_file(DcmFileFormat& format, const std::filesystem::path& file,
                  std::size_t pixel_bytes) {
  const OFCondition saved = save_part10(format, file, EXS_LittleEndianExplicit, EET_ExplicitLength);
  std::error_code error;
  const auto room = std::filesystem::space(file.parent_path(), error).available;
  if (saved.bad()) {
    const bool full = !error && room < pixel_bytes;
    return to_error(saved, full ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
                    "write " + file.filename().string());
  }
  const auto expected = format.calcElementLength(EXS_LittleEndianExplicit, EET_ExplicitLength);
  const auto written = std::filesystem::file_size(file, error);
  if (error || written < expected) {
    return Error{ErrorCode::kNoSpace, fmt::format("write {}: {} of {} bytes arrived",
                                                  file.filename().string(), written, expected)};
  }
  return ok();
}

/// A store of results that cannot be written to now may be mended later: worth another try.
Error try_again_later(Error error) {
  if (error.code != ErrorCode::kNoSpace) error.code = ErrorCode::kUnavailable;
  return error;
}

}  // namespace

Result<EncodedSeg> DcmSegEncoder::encode(const SegRequest& request,
                                         const std::filesystem::path& file) {
  try {
    return encode_or_throw(request, file);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kNoSpace, "not enough memory to encode the segmentation"};
  }
}

Result<EncodedSeg> DcmSegEncoder::encode_or_throw(const SegRequest& request,
                                                  const std::filesystem::path& file) {
  if (auto fit = check_texts(options_, request.model); !fit) return std::move(fit).error();
  if (auto fit = check_request(request); !fit) return std::move(fit).error();
  auto plan = plan_frames(request.labels, static_cast<int>(request.model.segments.size()));
  if (!plan) return std::move(plan).error();
  auto source = read_seg_source(request.source);
  if (!source) return std::move(source).error();

  const SegInput input{.request = request,
                       .options = options_,
                       .plan = *plan,
                       .source = *source,
                       .spacing_mm = spacing_along_normal(request.labels.geometry)};
  DcmFileFormat format;
  DcmDataset& dataset = *format.getDataset();
  if (auto built = build_seg(input, dataset); !built) return std::move(built).error();
  if (auto complete = complete_seg(input, dataset); !complete) return std::move(complete).error();
  const std::size_t pixel_bytes = request.labels.label.size() / 8 * plan->voxels.size();
  auto saved = replace_file(file, [&](const std::filesystem::path& part) {
    return write_file(format, part, pixel_bytes);
  });
  if (!saved) return try_again_later(std::move(saved).error());

  EncodedSeg encoded{.file = file, .segments = {}};
  for (std::size_t i = 0; i < plan->voxels.size(); ++i) {
    encoded.segments.push_back(
        {.label = request.model.segments[i].label,
         .voxels = plan->voxels[i],
         .millilitres = static_cast<double>(plan->voxels[i]) * request.labels.geometry.voxel_ml()});
  }
  return encoded;
}

std::string DcmSegEncoder::settings() const {
  return fmt::format(
      "seg-layout={};series-number={};series-description={};manufacturer={};model={};serial={};"
      "software={}",
      kLayoutRevision, options_.series_number, options_.series_description, options_.manufacturer,
      options_.manufacturer_model_name, options_.device_serial_number, options_.software_version);
}

}  // namespace hilum::dicomseg
