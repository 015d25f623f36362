#pragma once

#include "pipeline/domain/result.h"

namespace hilum::scp {

/// Silences DCMTK's own log, for users of its parser. What matters of it reaches our log as the
/// text of an OFCondition; the rest may, from level INFO on, quote values of a data set.
/// Thread-safe.
void silence_dcmtk_log();

/// Prepares DCMTK's network for this process: its log is silenced, name look-ups of callers are
/// off, its state machine is initialised and the idle connection of `transport.h` is installed. The
/// first call does the work, later ones return its result. kInternal when DCMTK's data dictionary
/// is missing. Thread-safe.
Status init_dcmtk_runtime();

}  // namespace hilum::scp
