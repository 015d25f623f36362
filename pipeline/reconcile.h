#pragma once

#include <functional>

#include "pipeline/domain/ports.h"

namespace hilum::pipeline {

/// Lists every instance that lies in the spool and that `known` denies, one by one; stops at the
/// first error that `take` returns.
using SpoolScan =
    std::function<Status(const std::function<bool(const SeriesKey&, const SopInstanceUid&)>& known,
                         const std::function<Status(ReceivedInstance)>& take)>;

/// Start-up: what was acknowledged lies in the spool, but its row may be missing if the process
/// died in between. Records those instances, which opens their series. Returns how many.
Result<int> reconcile(const SpoolScan& scan, JobStore& store);

}  // namespace hilum::pipeline
