#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <filesystem>

#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// Private to dicomseg/: writes a DICOM file (PS3.10 7.1) whose meta information names this
/// implementation (pipeline/domain/implementation.h); DCMTK alone would name itself.
OFCondition save_part10(DcmFileFormat& format, const std::filesystem::path& file,
                        E_TransferSyntax syntax, E_EncodingType encoding);

/// Replaces `file` durably (pipeline/domain/durable_file.h) in Explicit VR Little Endian, and makes
/// sure that every byte arrived: DCMTK does not look at what fclose() says. kNoSpace when the disk
/// is full, else kUnavailable: a store that cannot be written to now may be mended later.
Status replace_part10(DcmFileFormat& format, const std::filesystem::path& file);

}  // namespace hilum::dicomseg
