#pragma once

#include "model/conv3d.h"

namespace hilum::model {

/// A `Conv3d` that multiplies every voxel of its cube with every weight. oneDNN does it where the
/// build has found it (direct_conv3d_onednn.cpp); else LibTorch (direct_conv3d_torch.cpp), which
/// keeps the order of channels-last tensors from 2.x on.
std::unique_ptr<Conv3d::Algorithm> direct_conv3d(const at::Tensor& weight, std::int64_t edge,
                                                 at::ScalarType type);

}  // namespace hilum::model
