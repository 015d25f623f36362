#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "pipeline/domain/result.h"

/// A walk over the elements of a DICOM file that builds nothing. DCMTK, which builds, believes what
/// a file says of itself: it calls itself once for every level of nested sequences until the stack
/// is used up, makes an object of every element, and reserves as much as an element of a deflated
/// data set claims to hold. So every file from outside is walked before DCMTK gets it, and
/// reception, which needs six values, uses the walk alone. Memory and depth are bounded whatever
/// the file says; time is proportional to its headers and, deflated, to what they inflate to.
namespace hilum::dicomseg {

/// (gggg,eeee)
struct ElementTag {
  std::uint16_t group = 0;
  std::uint16_t element = 0;
  auto operator<=>(const ElementTag&) const = default;
};
std::string to_string(ElementTag tag);

struct ScanLimits {
  int depth = 100;  ///< of nested sequences
  /// What an object in memory of all elements may take, pixels apart: some 200 bytes for each, and
  /// values of up to 4 KiB; longer ones stay in the file, unless it is deflated.
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  std::uint64_t inflated_bytes = std::uint64_t{4} << 30;  ///< of a deflated data set
};

struct DataSetScan {
  std::string transfer_syntax;  ///< as (0002,0010) says; without File Meta Information a guess
  /// Of the elements asked for, those there are, at the top level: bytes as stored, without padding
  /// and cut after 1 KiB.
  std::map<ElementTag, std::string> values;
  /// Not empty: what inside a sequence does not follow PS3.5. All else was walked, or with
  /// `stopped` only what comes before it.
  std::string trouble;
  bool stopped = false;
};

/// Walks a DICOM file; with File Meta Information (PS3.10 7.1), or a bare data set. kNotFound when
/// it is not there; kInvalidInput when an element goes beyond the end, deflated bytes are damaged,
/// a limit is passed, or the File Meta Information has another length than it says. Messages name
/// the file without its directory.
Result<DataSetScan> scan_data_set(const std::filesystem::path& file,
                                  std::span<const ElementTag> wanted,
                                  const ScanLimits& limits = {});

}  // namespace hilum::dicomseg
