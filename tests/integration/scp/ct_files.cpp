#include "tests/integration/scp/ct_files.h"

#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <stdexcept>
#include <vector>

#include "tests/support/temp_dir.h"

namespace hilum::test {
namespace {

void require(const OFCondition& condition, const std::filesystem::path& file) {
  if (condition.bad()) throw std::runtime_error(file.string() + ": " + condition.text());
}

/// Encapsulated syntaxes are filled with arbitrary bytes: the node never decodes on reception.
void put_encapsulated(DcmDataset& data, E_TransferSyntax syntax, std::vector<Uint8>& bytes) {
  auto* pixels = new DcmPixelData(DCM_PixelData);  // owned by the data set below
  auto* sequence = new DcmPixelSequence(DcmTag(DCM_PixelData, EVR_OB));
  auto* table = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB));
  auto* fragment = new DcmPixelItem(DcmTag(DCM_Item, EVR_OB));
  fragment->putUint8Array(bytes.data(), bytes.size());
  sequence->insert(table);
  sequence->insert(fragment);
  pixels->putOriginalRepresentation(syntax, nullptr, sequence);
  data.insert(pixels, OFTrue);
}

}  // namespace

void write_ct(const std::filesystem::path& file, const CtFile& ct) {
  DcmFileFormat dicom;
  DcmDataset& data = *dicom.getDataset();
  data.putAndInsertString(DCM_SOPClassUID, ct.sop_class.c_str());
  data.putAndInsertString(DCM_SOPInstanceUID, ct.sop.c_str());
  data.putAndInsertString(DCM_Modality, "CT");
  data.putAndInsertString(DCM_StudyInstanceUID, ct.study.c_str());
  data.putAndInsertString(DCM_SeriesInstanceUID, ct.series.c_str());
  data.putAndInsertString(DCM_NumberOfSeriesRelatedInstances, "7");
  const auto size = static_cast<Uint16>(ct.size);
  data.putAndInsertUint16(DCM_Rows, size);
  data.putAndInsertUint16(DCM_Columns, size);
  data.putAndInsertUint16(DCM_BitsAllocated, 16);
  data.putAndInsertUint16(DCM_BitsStored, 16);
  data.putAndInsertUint16(DCM_HighBit, 15);
  data.putAndInsertUint16(DCM_SamplesPerPixel, 1);
  data.putAndInsertUint16(DCM_PixelRepresentation, 1);
  data.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
  const auto count = static_cast<std::size_t>(ct.size) * static_cast<std::size_t>(ct.size);
  if (DcmXfer(ct.syntax).isEncapsulated()) {
    std::vector<Uint8> bytes(count);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<Uint8>(i * 7 + ct.seed);
    put_encapsulated(data, ct.syntax, bytes);
  } else {
    std::vector<Uint16> pixels(count);
    for (std::size_t i = 0; i < count; ++i) pixels[i] = static_cast<Uint16>(i * 31 + ct.seed);
    data.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
  }
  require(dicom.saveFile(file.c_str(), ct.syntax, EET_ExplicitLength, EGL_withoutGL,
                         EPD_withoutPadding),
          file);
}

std::string data_set_bytes(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  constexpr std::size_t kGroupLengthAt = 140;
  std::size_t length = 0;
  for (std::size_t i = 4; i-- > 0;) {
    length = (length << 8) | static_cast<unsigned char>(bytes.at(kGroupLengthAt + i));
  }
  return bytes.substr(kGroupLengthAt + 4 + length);
}

}  // namespace hilum::test
