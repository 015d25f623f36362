#pragma once

#include <cstddef>
#include <vector>

#include "model/winograd/kernels.h"

namespace hilum::model {

/// The versions that this processor can run, the fastest first.
template <class T>
std::vector<const WinogradKernels<T>*> runnable_kernels();

/// The fastest version for that many channels, null where the direct way is faster.
template <class T>
const WinogradKernels<T>* winograd_kernels(std::size_t in, std::size_t out);

}  // namespace hilum::model
