#include "dicomseg/seg_reader.h"

#include <dcmtk/dcmiod/cielabutil.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "dicomseg/dicom_access.h"

namespace hilum::dicomseg {
namespace {

Error invalid(std::string why) {
  return {ErrorCode::kInvalidInput, "read a segmentation: " + std::move(why)};
}

std::optional<CodedConcept> code_of(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* code = item_of(item, sequence);
  if (code == nullptr) return std::nullopt;
  return CodedConcept{.value = text_of(*code, DCM_CodeValue),
                      .scheme = text_of(*code, DCM_CodingSchemeDesignator),
                      .meaning = text_of(*code, DCM_CodeMeaning)};
}

std::array<std::uint8_t, 3> rgb_of(const std::array<std::uint16_t, 3>& lab) {
  constexpr double kFull = 255.0;
  double rgb[3];
  IODCIELabUtil::dicomLab2RGB(rgb[0], rgb[1], rgb[2], lab[0], lab[1], lab[2]);
  std::array<std::uint8_t, 3> result{};
  for (std::size_t i = 0; i < 3; ++i) {
    result[i] = static_cast<std::uint8_t>(std::clamp(std::lround(rgb[i] * kFull), 0L, 255L));
  }
  return result;
}

Result<SegSegment> read_segment(DcmItem& item) {
  SegSegment segment;
  segment.number = uint16_of(item, DCM_SegmentNumber).value_or(0);
  auto category = code_of(item, DCM_SegmentedPropertyCategoryCodeSequence);
  auto type = code_of(item, DCM_SegmentedPropertyTypeCodeSequence);
  if (segment.number == 0 || !category || !type) return invalid("a segment is incomplete");
  segment.spec.label = text_of(item, DCM_SegmentLabel);
  segment.spec.category = std::move(*category);
  segment.spec.type = std::move(*type);
  segment.spec.type_modifier = code_of(*item_of(item, DCM_SegmentedPropertyTypeCodeSequence),
                                       DCM_SegmentedPropertyTypeModifierCodeSequence);
  segment.spec.anatomic_region = code_of(item, DCM_AnatomicRegionSequence);
  if (DcmItem* region = item_of(item, DCM_AnatomicRegionSequence)) {
    segment.spec.region_modifier = code_of(*region, DCM_AnatomicRegionModifierSequence);
  }
  segment.description = text_of(item, DCM_SegmentDescription);
  segment.algorithm_name = text_of(item, DCM_SegmentAlgorithmName);
  segment.tracking_uid = text_of(item, DCM_TrackingUID);
  for (std::size_t i = 0; i < 3; ++i) {
    Uint16 value = 0;
    item.findAndGetUint16(DCM_RecommendedDisplayCIELabValue, value, static_cast<unsigned long>(i));
    segment.cielab[i] = value;
  }
  segment.spec.rgb = rgb_of(segment.cielab);
  return segment;
}

Result<SegFrameInfo> read_frame(DcmItem& groups, DcmItem* shared) {
  const auto group = [&](const DcmTagKey& tag) -> DcmItem* {
    DcmItem* own = item_of(groups, tag);
    return own != nullptr || shared == nullptr ? own : item_of(*shared, tag);
  };
  SegFrameInfo frame;
  DcmItem* identification = group(DCM_SegmentIdentificationSequence);
  DcmItem* place = group(DCM_PlanePositionSequence);
  if (place == nullptr) return invalid("a frame has no position");
  if (identification != nullptr) {
    frame.segment = uint16_of(*identification, DCM_ReferencedSegmentNumber).value_or(0);
  }
  const auto position = numbers_of(*place, DCM_ImagePositionPatient, 3);
  if (!position) return invalid("a frame has no position");
  const auto texts = texts_of(*place, DCM_ImagePositionPatient);
  for (std::size_t i = 0; i < 3; ++i) {
    frame.position[i] = (*position)[i];
    frame.position_text[i] = texts[i];
  }
  if (DcmItem* content = group(DCM_FrameContentSequence)) {
    Uint32 value = 0;
    for (unsigned long i = 0; content->findAndGetUint32(DCM_DimensionIndexValues, value, i).good();
         ++i) {
      frame.dimension_indices.push_back(value);
    }
  }
  DcmItem* derivation = group(DCM_DerivationImageSequence);
  DcmItem* image = derivation == nullptr ? nullptr : item_of(*derivation, DCM_SourceImageSequence);
  if (image != nullptr) {
    frame.source_sop = text_of(*image, DCM_ReferencedSOPInstanceUID);
    frame.source_frame =
        static_cast<int>(integer_of(*image, DCM_ReferencedFrameNumber).value_or(0));
  }
  return frame;
}

Status read_frames(DcmDataset& dataset, Segmentation& seg) {
  DcmSequenceOfItems* per_frame = nullptr;
  if (dataset.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, per_frame).bad()) {
    return invalid("no per-frame functional groups");
  }
  DcmItem* shared = item_of(dataset, DCM_SharedFunctionalGroupsSequence);
  for (DcmObject* object = per_frame->nextInContainer(nullptr); object != nullptr;
       object = per_frame->nextInContainer(object)) {
    auto frame = read_frame(dynamic_cast<DcmItem&>(*object), shared);
    if (!frame) return std::move(frame).error();
    seg.frames.push_back(std::move(*frame));
  }
  if (integer_of(dataset, DCM_NumberOfFrames) != static_cast<long>(seg.frames.size())) {
    return invalid("Number of Frames and functional groups differ");
  }
  return ok();
}

Status read_grid(DcmDataset& dataset, Segmentation& seg) {
  seg.rows = uint16_of(dataset, DCM_Rows).value_or(0);
  seg.columns = uint16_of(dataset, DCM_Columns).value_or(0);
  DcmItem* orientation = functional_group(dataset, DCM_PlaneOrientationSequence, 0);
  DcmItem* measures = functional_group(dataset, DCM_PixelMeasuresSequence, 0);
  if (orientation == nullptr || measures == nullptr) return invalid("no geometry");
  const auto cosines = numbers_of(*orientation, DCM_ImageOrientationPatient, 6);
  const auto spacing = numbers_of(*measures, DCM_PixelSpacing, 2);
  if (seg.rows == 0 || seg.columns == 0 || !cosines || !spacing) return invalid("no geometry");
  std::copy_n(cosines->begin(), 3, seg.row_cosines.begin());
  std::copy_n(cosines->begin() + 3, 3, seg.column_cosines.begin());
  seg.row_step_mm = (*spacing)[0];
  seg.column_step_mm = (*spacing)[1];
  return ok();
}

Status read_pixels(DcmDataset& dataset, Segmentation& seg) {
  const Uint8* bytes = nullptr;
  unsigned long count = 0;
  if (dataset.findAndGetUint8Array(DCM_PixelData, bytes, &count).bad() || bytes == nullptr) {
    return invalid("no pixel data");
  }
  const std::size_t bits = (seg.kind == SegPixels::kBits ? 1 : 8) * seg.frames.size() *
                           static_cast<std::size_t>(seg.rows) *
                           static_cast<std::size_t>(seg.columns);
  if (count < (bits + 7) / 8) return invalid("pixel data is truncated");
  seg.pixels.assign(bytes, bytes + count);
  return ok();
}

/// Nothing for what is no segmentation that we read.
std::optional<SegPixels> kind_of(DcmItem& dataset) {
  constexpr const char* kLabelMap =
      "1.2.840.10008.5.1.4.1.1.66.7";  // DCMTK 3.6.7 has no name for it
  const std::string sop_class = text_of(dataset, DCM_SOPClassUID);
  const std::string type = text_of(dataset, DCM_SegmentationType);
  const int bits = uint16_of(dataset, DCM_BitsAllocated).value_or(0);
  if (sop_class == UID_SegmentationStorage && type == "BINARY" && bits == 1) {
    return SegPixels::kBits;
  }
  if (sop_class == kLabelMap && type == "LABELMAP" && bits == 8) return SegPixels::kNumbers;
  return std::nullopt;
}

void read_references(DcmItem& dataset, Segmentation& seg) {
  DcmItem* series = item_of(dataset, DCM_ReferencedSeriesSequence);
  if (series == nullptr) return;
  seg.referenced_series = text_of(*series, DCM_SeriesInstanceUID);
  DcmSequenceOfItems* instances = nullptr;
  if (series->findAndGetSequence(DCM_ReferencedInstanceSequence, instances).bad()) return;
  for (DcmObject* object = instances->nextInContainer(nullptr); object != nullptr;
       object = instances->nextInContainer(object)) {
    seg.referenced_instances.insert(
        text_of(dynamic_cast<DcmItem&>(*object), DCM_ReferencedSOPInstanceUID));
  }
}

}  // namespace

int Segmentation::segment_at(std::size_t frame, int row, int column) const {
  const std::size_t voxel =
      (frame * static_cast<std::size_t>(rows) + static_cast<std::size_t>(row)) *
          static_cast<std::size_t>(columns) +
      static_cast<std::size_t>(column);
  if (kind == SegPixels::kNumbers) return pixels[voxel];
  return ((pixels[voxel / 8] >> (voxel % 8)) & 1) != 0 ? frames[frame].segment : 0;
}

Result<Segmentation> read_seg(const std::filesystem::path& file) {
  DcmFileFormat format;
  if (auto loaded = load_lazily(file, format); !loaded) return std::move(loaded).error();
  DcmDataset& dataset = *format.getDataset();
  const auto kind = kind_of(dataset);
  if (!kind) {
    return Error{ErrorCode::kUnsupported, "not a segmentation with bits or numbers of 8 bits"};
  }
  Segmentation seg;
  seg.kind = *kind;
  seg.sop = text_of(dataset, DCM_SOPInstanceUID);
  seg.study = text_of(dataset, DCM_StudyInstanceUID);
  seg.series = text_of(dataset, DCM_SeriesInstanceUID);
  seg.frame_of_reference = text_of(dataset, DCM_FrameOfReferenceUID);
  read_references(dataset, seg);
  if (auto grid = read_grid(dataset, seg); !grid) return std::move(grid).error();
  const std::size_t segments = item_count(dataset, DCM_SegmentSequence);
  for (std::size_t i = 0; i < segments; ++i) {
    auto segment = read_segment(*item_of(dataset, DCM_SegmentSequence, static_cast<long>(i)));
    if (!segment) return std::move(segment).error();
    seg.segments.push_back(std::move(*segment));
  }
  if (auto frames = read_frames(dataset, seg); !frames) return std::move(frames).error();
  if (seg.kind == SegPixels::kBits &&
      std::ranges::any_of(seg.frames, [](const SegFrameInfo& f) { return f.segment == 0; })) {
    return invalid("a frame names no segment");
  }
  if (auto pixels = read_pixels(dataset, seg); !pixels) return std::move(pixels).error();
  return seg;
}

}  // namespace hilum::dicomseg
