#include "dicomseg/ct_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "dicomseg/dataset_writer.h"
#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dcmtk_setup.h"
#include "dicomseg/image_header.h"
#include "dicomseg/part10_file.h"
#include "dicomseg/slice_order.h"

namespace hilum::dicomseg {
namespace {

double length(const Vec3& v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }

std::string joined(const Vec3& v) {
  return decimal_string(v[0]) + '\\' + decimal_string(v[1]) + '\\' + decimal_string(v[2]);
}

SlicePlane plane_at(const Geometry& geometry, int z) {
  const Vec3 x = geometry.step_mm(0);
  const Vec3 y = geometry.step_mm(1);
  const double dx = length(x);
  const double dy = length(y);
  return {.position = geometry.to_lps({0, 0, static_cast<double>(z)}),
          .row_cosines = {x[0] / dx, x[1] / dx, x[2] / dx},
          .column_cosines = {y[0] / dy, y[1] / dy, y[2] / dy},
          .rows = geometry.size[1],
          .columns = geometry.size[2],
          .row_step_mm = dy,
          .column_step_mm = dx};
}

Status check(const Volume& volume, const CtSeriesOptions& options) {
  const auto refuse = [](std::string why) {
    return Error{ErrorCode::kInvalidInput, "write a CT series: " + std::move(why)};
  };
  const auto& size = volume.geometry.size;
  if (size[0] < 1 || volume.hu.size() != volume.geometry.voxel_count()) {
    return refuse("the voxels do not fit the volume's size");
  }
  if (auto sane = check_plane(plane_at(volume.geometry, 0)); !sane) {
    return refuse(sane.error().message);
  }
  if (auto sane = check_format(options.format); !sane) return refuse(sane.error().message);
  if (options.format.bits_allocated != 16) return refuse("CT allocates 16 bits (PS3.3 C.8.2.1)");
  if (options.rescale.size() != 1 && options.rescale.size() != static_cast<std::size_t>(size[0])) {
    return refuse("one rescale for all slices or one for each is needed");
  }
  return ok();
}

/// Instance number of each slice.
std::vector<int> numbers_of(int slices, CtSeriesOptions::Numbering numbering) {
  std::vector<int> numbers(static_cast<std::size_t>(slices));
  std::iota(numbers.begin(), numbers.end(), 1);
  if (numbering == CtSeriesOptions::Numbering::kReversed) {
    std::reverse(numbers.begin(), numbers.end());
  }
  if (numbering == CtSeriesOptions::Numbering::kShuffled) {
    // Fisher-Yates over a small generator: the same order with every library.
    std::uint64_t state = 0x9e3779b97f4a7c15U;
    for (std::size_t i = numbers.size() - 1; i > 0; --i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      std::swap(numbers[i], numbers[(state >> 33) % (i + 1)]);
    }
  }
  return numbers;
}

std::vector<Uint16> stored_pixels(std::span<const std::int16_t> hu, const PixelFormat& format,
                                  const Rescale& rescale) {
  const int bits = format.bits_stored;
  const int shift = format.high_bit + 1 - bits;
  const bool with_sign = format.sign == PixelFormat::Sign::kTwosComplement;
  const double lowest = with_sign ? -std::ldexp(1.0, bits - 1) : 0;
  const double highest = std::ldexp(1.0, with_sign ? bits - 1 : bits) - 1;
  const unsigned mask = (1U << bits) - 1;
  std::vector<Uint16> stored(hu.size());
  for (std::size_t i = 0; i < hu.size(); ++i) {
    unsigned pattern = 0;
    if (format.padding_value && hu[i] < kPaddingHu) {
      pattern = *format.padding_value;
    } else {
      const double value = std::round((hu[i] - rescale.intercept) / rescale.slope);
      pattern = static_cast<unsigned>(static_cast<int>(std::clamp(value, lowest, highest)));
    }
    stored[i] = static_cast<Uint16>((pattern & mask) << shift);
  }
  return stored;
}

struct SeriesUids {
  std::string study;
  std::string series;
  std::string frame_of_reference;
};

SeriesUids uids_of(const Volume& volume, const CtSeriesOptions& o) {
  return {.study = o.study ? o.study->str() : derived_uid(o.seed + "/study"),
          .series = o.series ? o.series->str() : derived_uid(o.seed + "/series"),
          .frame_of_reference = volume.geometry.frame ? volume.geometry.frame->str()
                                                      : derived_uid(o.seed + "/frame")};
}

/// Patient, General Study, General Series, Frame of Reference, General Equipment (PS3.3 A.3.3).
void write_series_level(DatasetWriter& w, const SeriesUids& uids, const CtSeriesOptions& o) {
  if (!o.character_set.empty()) w.text(DCM_SpecificCharacterSet, o.character_set);
  w.text(DCM_PatientName, o.patient_name);
  w.text(DCM_PatientID, o.patient_id);
  w.text(DCM_PatientBirthDate, o.patient_birth_date);
  w.text(DCM_PatientSex, o.patient_sex);
  w.text(DCM_StudyInstanceUID, uids.study);
  w.text(DCM_StudyDate, o.study_date);
  w.text(DCM_StudyTime, o.study_time);
  w.text(DCM_StudyID, "1");
  w.text(DCM_AccessionNumber, "");
  w.text(DCM_ReferringPhysicianName, "");
  w.text(DCM_StudyDescription, o.study_description);
  w.text(DCM_Modality, "CT");
  w.text(DCM_SeriesInstanceUID, uids.series);
  w.text(DCM_SeriesNumber, std::to_string(o.series_number));
  w.text(DCM_SeriesDescription, o.series_description);
  w.text(DCM_BodyPartExamined, "CHEST");
  w.text(DCM_PatientPosition, "HFS");
  w.text(DCM_FrameOfReferenceUID, uids.frame_of_reference);
  w.text(DCM_PositionReferenceIndicator, "");
  w.text(DCM_Manufacturer, "Hilum");
  w.text(DCM_ManufacturerModelName, "Synthetic CT");
}

/// General Image, Image Plane, Image Pixel, CT Image, SOP Common.
void write_image_level(DatasetWriter& w, const Volume& volume, const CtSeriesOptions& o, int z,
                       int number) {
  const SlicePlane plane = plane_at(volume.geometry, z);
  const Rescale& rescale =
      o.rescale.size() == 1 ? o.rescale.front() : o.rescale[static_cast<std::size_t>(z)];
  const DcmEVR vr = o.format.sign == PixelFormat::Sign::kTwosComplement ? EVR_SS : EVR_US;
  const auto small = [](int value) { return static_cast<std::uint16_t>(value); };
  w.text(DCM_SOPClassUID, kCtImageStorage);
  w.text(DCM_SOPInstanceUID, derived_uid(fmt::format("{}/image/{}", o.seed, z)));
  w.text(DCM_ImageType, o.image_type);
  w.text(DCM_InstanceNumber, std::to_string(number));
  w.text(DCM_ContentDate, o.study_date);
  w.text(DCM_ContentTime, o.study_time);
  w.text(DCM_AcquisitionNumber, "1");
  w.text(DCM_KVP, "120");
  w.text(DCM_PixelSpacing,
         decimal_string(plane.row_step_mm) + '\\' + decimal_string(plane.column_step_mm));
  w.text(DCM_ImageOrientationPatient,
         joined(plane.row_cosines) + '\\' + joined(plane.column_cosines));
  w.text(DCM_ImagePositionPatient, joined(plane.position));
  w.text(DCM_SliceThickness, decimal_string(length(volume.geometry.step_mm(2))));
  w.uint16(DCM_SamplesPerPixel, 1);
  w.text(DCM_PhotometricInterpretation, "MONOCHROME2");
  w.uint16(DCM_Rows, small(plane.rows));
  w.uint16(DCM_Columns, small(plane.columns));
  w.uint16(DCM_BitsAllocated, small(o.format.bits_allocated));
  w.uint16(DCM_BitsStored, small(o.format.bits_stored));
  w.uint16(DCM_HighBit, small(o.format.high_bit));
  w.uint16(DCM_PixelRepresentation, vr == EVR_SS ? 1 : 0);
  if (o.format.padding_value) w.pattern(DCM_PixelPaddingValue, *o.format.padding_value, vr);
  w.text(DCM_RescaleIntercept, decimal_string(rescale.intercept));
  w.text(DCM_RescaleSlope, decimal_string(rescale.slope));
  w.text(DCM_RescaleType, "HU");
}

Status save(DcmFileFormat& format, const CtSeriesOptions& options,
            const std::filesystem::path& file) {
  using enum CtSeriesOptions::Syntax;
  E_TransferSyntax syntax = EXS_LittleEndianExplicit;
  if (options.syntax == kImplicitLittle) syntax = EXS_LittleEndianImplicit;
  if (options.syntax == kExplicitBig) syntax = EXS_BigEndianExplicit;
  if (options.syntax == kDeflated) syntax = EXS_DeflatedLittleEndianExplicit;
  if (options.syntax == kRle) syntax = EXS_RLELossless;
  OFCondition done = EC_Normal;
  if (syntax == EXS_RLELossless) {
    done = format.getDataset()->chooseRepresentation(syntax, nullptr);
  }
  if (done.good()) done = save_part10(format, file, syntax, EET_UndefinedLength);
  if (done.bad()) {
    return to_error(done, ErrorCode::kUnavailable, "write " + file.filename().string());
  }
  return ok();
}

}  // namespace

Result<std::vector<std::filesystem::path>> write_ct_series(const Volume& volume,
                                                           const CtSeriesOptions& options,
                                                           const std::filesystem::path& dir) {
  if (auto fit = check(volume, options); !fit) return std::move(fit).error();
  prepare_dcmtk();
  const SeriesUids uids = uids_of(volume, options);
  const int slices = volume.geometry.size[0];
  const std::vector<int> numbers = numbers_of(slices, options.numbering);
  const std::size_t slice_voxels = volume.geometry.voxel_count() / static_cast<std::size_t>(slices);

  std::vector<std::filesystem::path> files;
  for (int z = 0; z < slices; ++z) {
    const auto at = static_cast<std::size_t>(z);
    DcmFileFormat format;
    DatasetWriter w(*format.getDataset());
    write_series_level(w, uids, options);
    write_image_level(w, volume, options, z, numbers[at]);
    const auto stored = stored_pixels(
        std::span(volume.hu).subspan(volume.geometry.index(z, 0, 0), slice_voxels), options.format,
        options.rescale.size() == 1 ? options.rescale.front() : options.rescale[at]);
    w.keep(format.getDataset()->putAndInsertUint16Array(DCM_PixelData, stored.data(),
                                                        static_cast<unsigned long>(stored.size())));
    if (w.condition().bad()) {
      return to_error(w.condition(), ErrorCode::kInvalidInput, "write a CT series");
    }
    files.push_back(dir / fmt::format("{:04}.dcm", numbers[at]));
    if (auto saved = save(format, options, files.back()); !saved) return std::move(saved).error();
  }
  return files;
}

}  // namespace hilum::dicomseg
