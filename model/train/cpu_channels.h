#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <functional>
#include <span>

#include "model/cpu_kernels.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for would run on one thread: compile with OpenMP"
#endif

namespace hilum::model::train {

// How the operations of cpu_ops.h get from tensors to kernels. For .cpp files of this folder only.

/// Calls `body` with a value of the tensor's element type.
template <class Body>
void with_type(at::ScalarType type, const Body& body) {
  if (type == at::kBFloat16) {
    body(BFloat16{});
  } else {
    body(float{});
  }
}

/// The i-th of the N * C channels of [N, C, n, n, n].
template <class T>
T* channel(const at::Tensor& x, std::int64_t i) {
  return static_cast<T*>(x.data_ptr()) + i * x.stride(1);
}

template <class T>
std::span<const T> values_of(const at::Tensor& x, std::int64_t i) {
  return {channel<T>(x, i), static_cast<std::size_t>(x.stride(1))};
}

inline void for_each(std::int64_t count, const std::function<void(std::int64_t)>& body) {
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

inline std::int64_t channels_of(const at::Tensor& x) { return x.size(0) * x.size(1); }

}  // namespace hilum::model::train
