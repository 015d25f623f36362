#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::scp {

/// Stands for an AE title that the caller left empty: DCMTK cannot take that, and no AE title has a
/// backslash. It is answered as a title that nobody has.
inline constexpr std::string_view kNoTitle = "\\";

/// What this node uses of the body of an A-ASSOCIATE-RQ PDU (PS3.8 9.3.2; all behind its header),
/// as a body of its own: fixed fields, application context, presentation contexts with their
/// syntaxes, and of the user information maximum length, implementation and the first role
/// selection for Storage Commitment (PS3.7 D.3.3). Other roles, identities and whatever else is
/// negotiated are left out and so take their defaults; unknown items are skipped as the standard
/// demands. kInvalidInput says what is not built as it should be: lengths that do not add up, UIDs
/// of more than 64 bytes, other than one application context, no presentation context, one without
/// abstract or transfer syntax.
///
/// DCMTK's own parser, which reads the result, leaks memory on requests that are not well built,
/// and has had worse faults; the first bytes of a stranger are not for it.
Result<std::vector<std::byte>> reduced_associate_request(std::span<const std::byte> body);

}  // namespace hilum::scp
