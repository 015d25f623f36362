#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "pipeline/domain/series.h"

namespace hilum::scp {

/// An instance as its C-STORE command announces it.
struct IncomingInstance {
  SopClassUid sop_class;
  SopInstanceUid sop;
  TransferSyntaxUid transfer_syntax;
  std::string calling_ae;  ///< printable, at most 16 characters
  /// The series that it must be of, where it was asked for.
  std::optional<SeriesKey> series = std::nullopt;
  VirtualNode node{};  ///< which of ours it was sent to
};

/// Preamble, "DICM" and the File Meta Information (PS3.10 7.1) that precede the data set.
std::string encode_file_meta(const IncomingInstance& instance);

/// SHA-256 (lower-case hexadecimal) of the data set in a file that starts with what
/// `encode_file_meta` wrote; the file is read piece by piece.
Result<std::string> data_set_sha256(const std::filesystem::path& file);

}  // namespace hilum::scp
