#include "model/train/device_setup.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "model/parallel.h"
#include "model/tensor_memory.h"
#include "model/torch_device.h"

namespace hilum::model::train {

std::string TrainDevice::text() const {
  const int threads = at::get_num_threads();
  return fmt::format("{}, {} thread{}, {}", device.str(), threads, threads == 1 ? "" : "s",
                     to_string(precision));
}

Result<TrainDevice> set_up_device(const std::string& name, Precision precision, int threads) {
  auto device = parse_device(name);
  if (!device) return std::move(device).error();
  const bool cuda = device->is_cuda();
  if (precision == Precision::kAuto) {
    precision = cuda || cpu_has_bfloat16() ? Precision::kBFloat16 : Precision::kFloat32;
  }
  if (precision == Precision::kFloat16) {
    return Error{ErrorCode::kUnsupported,
                 "cannot train in float16, whose range is too small for gradients: use bfloat16 or "
                 "float32"};
  }
  const bool rounds = precision == Precision::kBFloat16 && cpu_has_bfloat16();
  if (!cuda && precision != Precision::kFloat32 && !rounds) {
    return Error{ErrorCode::kUnsupported, fmt::format("cannot train in {} on {}: use float32",
                                                      to_string(precision), device->str())};
  }
  at::set_num_threads(thread_count(threads));
  // Once a network is nearly sure, gradients become too small for normal floats, which the CPU
  // computes with ten times slower. Threads that LibTorch starts later inherit it.
  at::globalContext().setFlushDenormal(true);
  keep_tensor_memory();
  const bool tf32 = precision == Precision::kTf32;
  at::globalContext().setAllowTF32CuDNN(tf32);
  at::globalContext().setAllowTF32CuBLAS(tf32);
  // Every batch has the same shape, so trying cuDNN's algorithms once pays.
  at::globalContext().setBenchmarkCuDNN(cuda);
  return TrainDevice{.device = *device, .precision = precision};
}

}  // namespace hilum::model::train
