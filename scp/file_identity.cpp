#include "scp/file_identity.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <string>
#include <utility>

#include "dicomseg/dcmtk_error.h"

namespace hilum::scp {

Result<FileIdentity> identify(const std::filesystem::path& file) {
  DcmFileFormat dicom;
  const OFCondition loaded = dicom.loadFile(OFFilename(file.c_str()), EXS_Unknown, EGL_noChange,
                                            DCM_MaxReadLength, ERM_metaOnly);
  if (loaded.bad()) return to_error(loaded, ErrorCode::kInvalidInput, "read " + file.string());
  DcmMetaInfo& meta = *dicom.getMetaInfo();
  const auto text = [&](const DcmTagKey& tag) {
    OFString value;
    meta.findAndGetOFString(tag, value);
    return std::string(value.c_str());
  };
  auto sop_class = SopClassUid::parse(text(DCM_MediaStorageSOPClassUID));
  if (!sop_class) return std::move(sop_class).error().in(file.string());
  auto sop = SopInstanceUid::parse(text(DCM_MediaStorageSOPInstanceUID));
  if (!sop) return std::move(sop).error().in(file.string());
  auto transfer_syntax = TransferSyntaxUid::parse(text(DCM_TransferSyntaxUID));
  if (!transfer_syntax) return std::move(transfer_syntax).error().in(file.string());
  return FileIdentity{std::move(*sop_class), std::move(*sop), std::move(*transfer_syntax)};
}

}  // namespace hilum::scp
