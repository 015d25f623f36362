#pragma once

#include <functional>

namespace hilum::model {

/// The number of threads meant by a setting: itself, or all cores for 0.
int thread_count(int setting);

/// Calls `body(i)` for i = 0..count-1 on up to `threads` threads (0: all cores), in any order, and
/// returns when all are done. `body` must not throw and must be safe to run at the same time for
/// different i.
void parallel_for(int count, int threads, const std::function<void(int)>& body);

}  // namespace hilum::model
