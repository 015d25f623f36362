#include "scp/instance_header.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <fcntl.h>

#include <cerrno>
#include <string_view>

#include "dicomseg/dcmtk_error.h"
#include "pipeline/domain/posix_file.h"

namespace hilum::scp {
namespace {

/// The last element that is needed; parsing stops behind it.
const DcmTagKey kStopAt(0x0020, 0x1210);

std::string text_of(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  if (item.findAndGetOFString(tag, value).bad()) return {};
  return {value.c_str(), value.length()};
}

std::optional<int> positive_int_of(DcmItem& item, const DcmTagKey& tag) {
  Sint32 value = 0;
  if (item.findAndGetSint32(tag, value).bad() || value <= 0) return {};
  return static_cast<int>(value);
}

Result<InstanceHeader> header_of(DcmFileFormat& file) {
  DcmItem& meta = *file.getMetaInfo();
  DcmItem& data_set = *file.getDataset();
  auto sop_class = SopClassUid::parse(text_of(data_set, DCM_SOPClassUID));
  if (!sop_class) return std::move(sop_class).error();
  auto sop = SopInstanceUid::parse(text_of(data_set, DCM_SOPInstanceUID));
  if (!sop) return std::move(sop).error();
  auto transfer_syntax = TransferSyntaxUid::parse(text_of(meta, DCM_TransferSyntaxUID));
  if (!transfer_syntax) return std::move(transfer_syntax).error();
  auto study = StudyUid::parse(text_of(data_set, DCM_StudyInstanceUID));
  if (!study) return std::move(study).error();
  auto series = SeriesUid::parse(text_of(data_set, DCM_SeriesInstanceUID));
  if (!series) return std::move(series).error();
  return InstanceHeader{
      .sop_class = std::move(*sop_class),
      .sop = std::move(*sop),
      .transfer_syntax = std::move(*transfer_syntax),
      .series = {std::move(*study), std::move(*series)},
      .calling_ae = text_of(meta, DCM_SourceApplicationEntityTitle),
      .expected_in_series = positive_int_of(data_set, DCM_NumberOfSeriesRelatedInstances)};
}

}  // namespace

Result<InstanceHeader> read_instance_header(const std::filesystem::path& file) {
  // DCMTK would report a lack of file descriptors as if the file were wrong.
  if (!UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC)).valid()) {
    return errno_error(errno, "open", file);
  }
  DcmFileFormat dicom;
  const OFCondition loaded =
      dicom.loadFileUntilTag(OFFilename(file.c_str()), EXS_Unknown, EGL_noChange, DCM_MaxReadLength,
                             ERM_fileOnly, kStopAt);
  if (loaded.bad()) {
    return to_error(loaded, ErrorCode::kInvalidInput, "read the header of " + file.string());
  }
  auto header = header_of(dicom);
  if (!header) return std::move(header).error().in("header of " + file.string());
  return header;
}

}  // namespace hilum::scp
