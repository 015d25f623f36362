#pragma once

#include "model/conv3d.h"
#include "model/winograd/kernels.h"

namespace hilum::model {

/// A `Conv3d` by Winograd's algorithm, on LibTorch's threads. The kernels must be runnable here and
/// for these channels (winograd/choose_kernels.h). `T` is float or BFloat16.
template <class T>
std::unique_ptr<Conv3d::Algorithm> winograd_conv3d(const at::Tensor& weight, std::int64_t edge,
                                                   const WinogradKernels<T>& kernels);

}  // namespace hilum::model
