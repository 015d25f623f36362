#pragma once

#include <c10/core/Device.h>

#include <string>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// The device meant by "auto" (the first CUDA device when there is one), "cpu", "cuda" or "cuda:N".
/// kInvalidInput for any other name, kUnavailable when this machine has no such device. For .cpp
/// files that include LibTorch only.
Result<at::Device> parse_device(const std::string& name);

}  // namespace hilum::model
