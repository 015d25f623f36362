#include "scp/file_identity.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <string>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::scp;

namespace {

/// A file whose data set says something else than its meta header.
std::filesystem::path write_dicom(const test::TempDir& dir, const char* sop) {
  DcmFileFormat format;
  format.getDataset()->putAndInsertString(DCM_SOPClassUID, UID_SegmentationStorage);
  format.getDataset()->putAndInsertString(DCM_SOPInstanceUID, sop);
  const auto file = dir / "object.dcm";
  REQUIRE(format.saveFile(file.c_str(), EXS_DeflatedLittleEndianExplicit).good());
  return file;
}

}  // namespace

TEST_CASE("file identity: class, instance and transfer syntax of the meta header") {
  const test::TempDir dir;
  const auto identity = identify(write_dicom(dir, "2.25.17"));
  REQUIRE_MESSAGE(identity, identity.error().message);
  CHECK(identity->sop_class.str() == UID_SegmentationStorage);
  CHECK(identity->sop.str() == "2.25.17");
  CHECK(identity->transfer_syntax.str() == UID_DeflatedExplicitVRLittleEndianTransferSyntax);
}

TEST_CASE("file identity: what is no DICOM file, or has no UID, is named") {
  const test::TempDir dir;
  const auto nothing = identify(dir / "none.dcm");
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().message.find("none.dcm") != std::string::npos);
  test::write_file(dir / "text.dcm", "this is text");
  CHECK_FALSE(identify(dir / "text.dcm"));
  const auto odd = identify(write_dicom(dir, "not a UID"));
  REQUIRE_FALSE(odd);
  CHECK(odd.error().message.find("object.dcm") != std::string::npos);
}
