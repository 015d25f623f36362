#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <filesystem>
#include <string>

namespace hilum::test {

/// A small synthetic CT image; no patient data.
struct CtFile {
  std::string study = "1.2.3.4";
  std::string series = "1.2.3.4.5";
  std::string sop = "1.2.3.4.5.1";
  std::string sop_class = UID_CTImageStorage;
  int size = 16;  ///< rows and columns
  Uint16 seed = 1;
  E_TransferSyntax syntax = EXS_LittleEndianExplicit;
};

void write_ct(const std::filesystem::path& file, const CtFile& ct);

/// The bytes of a DICOM file behind its meta header.
std::string data_set_bytes(const std::filesystem::path& file);

}  // namespace hilum::test
