#pragma once

namespace hilum::model {

/// Keeps large tensors' memory for the next tensor of that size, in the whole process. A network
/// frees and allocates the same hundreds of megabytes for every window; the C library gives each of
/// those blocks back to the kernel at once and gets it zeroed page by page when it returns, which
/// cost a third of the time at w = 8 on two cores (BENCHMARKS.md). Call it before the first large
/// tensor is made; later calls do nothing. Thread-safe.
void keep_tensor_memory();

/// Gives what is kept back to the kernel: a node that waits for work holds no memory for it.
void return_tensor_memory();

}  // namespace hilum::model
