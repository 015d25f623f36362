#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <filesystem>

namespace hilum::dicomseg {

/// Private to dicomseg/: writes a DICOM file (PS3.10 7.1) whose meta information names this
/// implementation (pipeline/domain/implementation.h); DCMTK alone would name itself.
OFCondition save_part10(DcmFileFormat& format, const std::filesystem::path& file,
                        E_TransferSyntax syntax, E_EncodingType encoding);

}  // namespace hilum::dicomseg
