#include "dicomseg/part10_file.h"

#include "dicomseg/dataset_writer.h"
#include "pipeline/domain/implementation.h"

namespace hilum::dicomseg {

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

}  // namespace hilum::dicomseg
