#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/ofstd/ofcond.h>

#include <string>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum {

/// The Error for a DCMTK call that did not succeed: "`what`: <DCMTK's text>". `what` says what was
/// attempted and on which object. The caller chooses the code, because only it knows whether the
/// data, the peer or the disk is to blame; exhausted memory is kNoSpace whatever the caller says.
/// DCMTK's condition texts name tags and files, never the value of an attribute.
/// Precondition: `condition.bad()`.
inline Error to_error(const OFCondition& condition, ErrorCode code, std::string_view what) {
  if (condition == EC_MemoryExhausted) code = ErrorCode::kNoSpace;
  return {code, std::string(what) + ": " + condition.text()};
}

}  // namespace hilum
