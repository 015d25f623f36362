#pragma once

#include <ATen/ATen.h>

#include <string>

#include "model/precision.h"
#include "pipeline/domain/result.h"

namespace hilum::model::train {

/// Where and with what numbers a run computes. For .cpp files of this folder only.
struct TrainDevice {
  at::Device device = at::kCPU;
  Precision precision = Precision::kFloat32;

  /// For people: "cuda:0, 8 threads, bfloat16".
  [[nodiscard]] std::string text() const;
};

/// Finds the device, chooses the precision (kAuto: bfloat16 where the GPU or processor has it) and
/// sets LibTorch up for it, for the whole process; `threads` 0: all cores. Errors of
/// `parse_device`; kUnsupported for a precision that cannot be trained in on this device.
Result<TrainDevice> set_up_device(const std::string& name, Precision precision, int threads);

}  // namespace hilum::model::train
