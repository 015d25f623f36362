#include "dicomseg/seg_writer.h"

#include <fmt/format.h>

#include <new>
#include <optional>

#include "dicomseg/dcmtk_error.h"
#include "dicomseg/part10_file.h"
#include "dicomseg/result_texts.h"
#include "dicomseg/seg_gate.h"
#include "dicomseg/seg_iod.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::dicomseg {
namespace {

/// Increased whenever the bytes of a result change for the same request and options.
constexpr int kLayoutRevision = 3;

Status check_request(const ResultRequest& request) {
  const Geometry& source = request.source.volume.geometry;
  const Geometry& labels = request.labels.geometry;
  if (labels.size != source.size || labels.voxel_to_lps != source.voxel_to_lps) {
    return Error{ErrorCode::kInternal, "the labels are not on the grid of the source series"};
  }
  int above = 0;
  for (const SourceFrame& frame : request.source.frames) {
    if (frame.slice < above || frame.slice >= source.size[0]) {
      return Error{ErrorCode::kInternal,
                   "the source series' images are not on slices of their own"};
    }
    above = frame.slice + 1;
  }
  return ok();
}

std::vector<int> slices_of_images(const LoadedSeries& source) {
  std::vector<int> slices;
  for (const SourceFrame& frame : source.frames) slices.push_back(frame.slice);
  return slices;
}

E_TransferSyntax syntax_of(ViewerProfile::Encoding encoding) {
  return encoding == ViewerProfile::Encoding::kDeflated ? EXS_DeflatedLittleEndianExplicit
                                                        : EXS_LittleEndianExplicit;
}

/// DCMTK does not look at what fclose() says; that every byte arrived is for the gate to see.
Status save(DcmFileFormat& format, const std::filesystem::path& file, E_TransferSyntax syntax) {
  const OFCondition saved = save_part10(format, file, syntax, EET_ExplicitLength);
  if (saved.good()) return ok();
  std::error_code error;
  const auto room = std::filesystem::space(file.parent_path(), error).available;
  const bool full = !error && room < format.getDataset()->calcElementLength(
                                         EXS_LittleEndianExplicit, EET_ExplicitLength);
  return to_error(saved, full ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
                  "write " + file.filename().string());
}

/// A store of results that cannot be written to now may be mended later: worth another try.
Error try_again_later(Error error) {
  if (error.code != ErrorCode::kNoSpace) error.code = ErrorCode::kUnavailable;
  return error;
}

/// The part file under another name, to be looked at; the job says which.
Error keep_refused(Error why, const std::filesystem::path& part,
                   const std::filesystem::path& file) {
  const std::filesystem::path kept = file.string() + ".refused";
  std::error_code error;
  std::filesystem::rename(part, kept, error);
  why.message += error ? "; it could not be kept" : "; kept as " + kept.filename().string();
  return why;
}

/// One segmentation from plan to durable, checked file.
Status write_one(const SegInput& input, const std::filesystem::path& file) {
  DcmFileFormat format;
  if (auto built = write_dataset(input, *format.getDataset()); !built) return built;
  std::optional<Error> refused;
  auto replaced = replace_file(file, [&](const std::filesystem::path& part) -> Status {
    if (auto saved = save(format, part, syntax_of(input.profile.encoding)); !saved) return saved;
    format.clear();  // its pixels are not needed beside those that are read back
    auto same = check_segmentation(part, input);
    if (same) return ok();
    refused = keep_refused(std::move(same).error(), part, file);
    return *refused;
  });
  if (refused) return *refused;
  return replaced ? ok() : Status(try_again_later(std::move(replaced).error()));
}

void add_segments(const SegInput& input, const ResultObject& object,
                  std::vector<WrittenSegment>& segments) {
  for (std::size_t n = 0; n < input.layout.segments.size(); ++n) {
    const SegmentLayout& segment = input.layout.segments[n];
    segments.push_back({.segmentation = object.sop,
                        .segmentation_class =
                            *SopClassUid::parse(input.is_label_map() ? kLabelMapSegmentationStorage
                                                                     : UID_SegmentationStorage),
                        .segmentation_series = object.series,
                        .number = static_cast<int>(n) + 1,
                        .spec = segment.spec,
                        .tracking_id = segment.spec.label,
                        .tracking_uid = input.tracking_uid(n),
                        .labels = segment.labels});
  }
}

Result<WrittenSegmentations> write_or_throw(const ResultRequest& request,
                                            const ViewerProfile& profile, const SegOptions& options,
                                            const std::filesystem::path& directory) {
  auto fit = check_texts(options.series_description, options.equipment, request.model);
  if (fit) fit = check_segments(request.model);
  if (!fit) return std::move(fit).error();
  if (fit = check_request(request); !fit) return std::move(fit).error();
  auto counts = count_labels(request.labels, static_cast<int>(request.model.segments.size()));
  if (!counts) return std::move(counts).error();
  auto source = read_seg_source(request.source);
  if (!source) return std::move(source).error();

  const PlanOptions planning{.kind = profile.segmentation == ViewerProfile::Segmentation::kLabelMap
                                         ? FrameKind::kOfAllSegments
                                         : FrameKind::kOfOneSegment,
                             .empty_frames = profile.empty_frames};
  const std::vector<int> slice_of_image = slices_of_images(request.source);
  WrittenSegmentations written;
  for (const SegLayout& layout : seg_layouts(request.model, profile)) {
    const SegPlan plan = plan_frames(*counts, slice_of_image, layout, planning);
    const SegInput input{.request = request,
                         .options = options,
                         .profile = profile,
                         .layout = layout,
                         .plan = plan,
                         .source = *source};
    ResultObject object{.kind = ResultKind::kSegmentation,
                        .series = request.identity.series(layout.name),
                        .sop = request.identity.sop(layout.name),
                        .file = {}};
    object.file = directory / (object.sop.str() + ".dcm");
    if (auto done = write_one(input, object.file); !done) return std::move(done).error();
    add_segments(input, object, written.segments);
    written.objects.push_back(std::move(object));
  }
  return written;
}

}  // namespace

Result<WrittenSegmentations> write_segmentations(const ResultRequest& request,
                                                 const ViewerProfile& profile,
                                                 const SegOptions& options,
                                                 const std::filesystem::path& directory) {
  try {
    return write_or_throw(request, profile, options, directory);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kNoSpace, "not enough memory to encode the segmentation"};
  }
}

std::string settings_of(const SegOptions& options) {
  const Equipment& by = options.equipment;
  return fmt::format(
      "seg-layout={};series-number={};series-description={};manufacturer={};model={};serial={};"
      "software={}",
      kLayoutRevision, options.series_number, options.series_description, by.manufacturer,
      by.manufacturer_model_name, by.device_serial_number, by.software_version);
}

}  // namespace hilum::dicomseg
