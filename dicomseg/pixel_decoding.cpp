#include "dicomseg/pixel_decoding.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include <algorithm>
#include <array>
#include <span>

#include "dicomseg/dcmtk_setup.h"

namespace hilum::dicomseg {
namespace {

constexpr std::array<std::string_view, 3> kLosslessJpeg2000{
    "1.2.840.10008.1.2.4.90",   // JPEG 2000 Lossless Only
    "1.2.840.10008.1.2.4.201",  // High-Throughput JPEG 2000 Lossless Only
    "1.2.840.10008.1.2.4.202",  // HTJ2K with RPCL Options, Lossless Only
};
constexpr std::array<std::string_view, 2> kLossyJpeg2000{
    "1.2.840.10008.1.2.4.91",   // JPEG 2000
    "1.2.840.10008.1.2.4.203",  // HTJ2K
};

bool is_one_of(std::span<const std::string_view> uids, std::string_view uid) {
  return std::ranges::find(uids, uid) != uids.end();
}

}  // namespace

PixelDecoding pixel_decoding(const std::string& transfer_syntax) {
  prepare_dcmtk();
  const DcmXfer xfer(transfer_syntax.c_str());
  if (xfer.getXfer() == EXS_Unknown) return PixelDecoding::kImpossible;
  if (!xfer.isEncapsulated()) return PixelDecoding::kNative;
  if (xfer.getXfer() == EXS_RLELossless) return PixelDecoding::kRle;
  if (is_one_of(kLosslessJpeg2000, transfer_syntax) || is_one_of(kLossyJpeg2000, transfer_syntax)) {
    return PixelDecoding::kOpenJpeg;
  }
  return DcmCodecList::canChangeCoding(xfer.getXfer(), EXS_LittleEndianExplicit)
             ? PixelDecoding::kDcmtk
             : PixelDecoding::kImpossible;
}

bool is_lossless_jpeg2000(std::string_view transfer_syntax) {
  return is_one_of(kLosslessJpeg2000, transfer_syntax);
}

}  // namespace hilum::dicomseg
