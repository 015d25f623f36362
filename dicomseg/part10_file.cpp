#include "dicomseg/part10_file.h"

#include <fmt/format.h>

#include "dicomseg/dataset_writer.h"
#include "dicomseg/dcmtk_error.h"
#include "pipeline/domain/durable_file.h"
#include "pipeline/domain/implementation.h"

namespace hilum::dicomseg {
namespace {

Status save_completely(DcmFileFormat& format, const std::filesystem::path& file) {
  const OFCondition saved = save_part10(format, file, EXS_LittleEndianExplicit, EET_ExplicitLength);
  const auto expected = format.calcElementLength(EXS_LittleEndianExplicit, EET_ExplicitLength);
  std::error_code error;
  if (saved.bad()) {
    const auto room = std::filesystem::space(file.parent_path(), error).available;
    const bool full = !error && room < expected;
    return to_error(saved, full ? ErrorCode::kNoSpace : ErrorCode::kUnavailable,
                    "write " + file.filename().string());
  }
  const auto written = std::filesystem::file_size(file, error);
  if (error || written < expected) {
    return Error{ErrorCode::kNoSpace, fmt::format("write {}: {} of {} bytes arrived",
                                                  file.filename().string(), written, expected)};
  }
  return ok();
}

}  // namespace

OFCondition save_part10(DcmFileFormat& format, const std::filesystem::path& file,
                        E_TransferSyntax syntax, E_EncodingType encoding) {
  if (auto made = format.validateMetaInfo(syntax); made.bad()) return made;
  DcmMetaInfo& meta = *format.getMetaInfo();
  DatasetWriter w(meta);
  w.text(DCM_ImplementationClassUID, implementation_class_uid());
  w.text(DCM_ImplementationVersionName, kImplementationVersionName);
  w.keep(meta.computeGroupLengthAndPadding(
      EGL_recalcGL, EPD_noChange, META_HEADER_DEFAULT_TRANSFERSYNTAX, EET_UndefinedLength));
  if (w.condition().bad()) return w.condition();
  return format.saveFile(file.c_str(), syntax, encoding, EGL_recalcGL, EPD_noChange, 0, 0,
                         EWM_dontUpdateMeta);
}

Status replace_part10(DcmFileFormat& format, const std::filesystem::path& file) {
  auto replaced = replace_file(
      file, [&](const std::filesystem::path& part) { return save_completely(format, part); });
  if (replaced || replaced.error().code == ErrorCode::kNoSpace) return replaced;
  return Error{ErrorCode::kUnavailable, replaced.error().message};
}

}  // namespace hilum::dicomseg
