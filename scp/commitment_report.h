#pragma once

#include <cstddef>
#include <string_view>

#include "pipeline/domain/commitment.h"
#include "scp/element_head.h"

namespace hilum::scp {

/// Storage Commitment Push Model (PS3.4 J.3), and the one instance of it that all systems have.
inline constexpr std::string_view kStorageCommitmentSopClass = "1.2.840.10008.1.20.1";
inline constexpr std::string_view kStorageCommitmentInstance = "1.2.840.10008.1.20.1.1";

/// Reports have at most so many bytes, and are about so many objects. What we ask for is far less.
inline constexpr std::size_t kMostReportBytes = 1 << 20;
inline constexpr std::size_t kMostReportedObjects = 4096;

/// The data set of an N-EVENT-REPORT (PS3.4 J.3.3). Read by us, as all that comes from outside is
/// (adr/0002). What it does not use it passes over. kInvalidInput when it is not built as it should
/// be, or has no Transaction UID, or an object without a UID; kNoSpace beyond
/// `kMostReportedObjects`.
Result<CommitmentReport> parse_commitment_report(std::string_view bytes, PlainEncoding encoding);

}  // namespace hilum::scp
