#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/domain/result.h"

/// Private to dicomseg/: short ways to values of DCMTK data sets. DCMTK's own accessors differ in
/// how they treat absent, empty and malformed values; these have one answer for each.
namespace hilum::dicomseg {

/// Loads the data set up to, not including, Pixel Data (7FE0,0010). Pixels are never read.
/// kNotFound when the file is not there, kInvalidInput when it is not DICOM; the message names the
/// file without its directory.
Status load_header(const std::filesystem::path& file, DcmFileFormat& into);

/// Loads the data set; long values, pixels among them, stay in the file until they are asked for,
/// so the file must live as long as `into`.
Status load_lazily(const std::filesystem::path& file, DcmFileFormat& into);

/// The whole value with backslashes as stored, padding removed; empty when absent or empty.
std::string text_of(DcmItem& item, const DcmTagKey& tag);
/// The value split at backslashes; empty when absent or empty.
std::vector<std::string> texts_of(DcmItem& item, const DcmTagKey& tag);
/// Exactly `count` numbers of a DS attribute, or nothing. Independent of the locale.
std::optional<std::vector<double>> numbers_of(DcmItem& item, const DcmTagKey& tag,
                                              std::size_t count);
std::optional<double> number_of(DcmItem& item, const DcmTagKey& tag);
/// A US attribute.
std::optional<std::uint16_t> uint16_of(DcmItem& item, const DcmTagKey& tag);
/// The bit pattern of an attribute whose VR is US or SS.
std::optional<std::uint16_t> pattern_of(DcmItem& item, const DcmTagKey& tag);
/// An IS attribute.
std::optional<long> integer_of(DcmItem& item, const DcmTagKey& tag);
/// Item `index` of a sequence; nullptr when there is none. Owned by the data set.
DcmItem* item_of(DcmItem& item, const DcmTagKey& sequence, long index = 0);
/// Number of items of a sequence; 0 when absent.
std::size_t item_count(DcmItem& item, const DcmTagKey& sequence);

/// The item of a functional group of one frame (0-based), per-frame before shared
/// (PS3.3 C.7.6.16.1); nullptr when the frame has no such group.
DcmItem* functional_group(DcmItem& dataset, const DcmTagKey& group, long frame);

}  // namespace hilum::dicomseg
