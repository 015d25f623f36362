#include "model/winograd/choose_kernels.h"

#include "model/precision.h"

namespace hilum::model {
namespace {

#if defined(HILUM_WINOGRAD_KERNELS)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

/// The direct way on a matrix unit multiplies faster than any vector instruction by more than
/// Winograd's algorithm saves.
template <class T>
bool direct_is_faster();
template <>
bool direct_is_faster<float>() {
  return false;
}
template <>
bool direct_is_faster<BFloat16>() {
  return cpu_has_bfloat16_tiles();
}

}  // namespace

template <>
std::vector<const WinogradKernels<float>*> runnable_kernels() {
  std::vector<const WinogradKernels<float>*> kernels;
#if defined(HILUM_WINOGRAD_KERNELS)
  if (has_avx512()) kernels.push_back(&kWinogradAvx512);
  if (has_avx2()) kernels.push_back(&kWinogradAvx2);
#endif
  return kernels;
}

template <>
std::vector<const WinogradKernels<BFloat16>*> runnable_kernels() {
  std::vector<const WinogradKernels<BFloat16>*> kernels;
#if defined(HILUM_WINOGRAD_KERNELS)
  if (has_avx512() && cpu_has_bfloat16()) kernels.push_back(&kWinogradAvx512Bf16);
#endif
  return kernels;
}

template <class T>
const WinogradKernels<T>* winograd_kernels(std::size_t in, std::size_t out) {
  if (direct_is_faster<T>()) return nullptr;
  for (const WinogradKernels<T>* kernels : runnable_kernels<T>()) {
    if (in % kernels->lanes == 0 && out % kernels->lanes == 0) return kernels;
  }
  return nullptr;
}

template const WinogradKernels<float>* winograd_kernels(std::size_t in, std::size_t out);
template const WinogradKernels<BFloat16>* winograd_kernels(std::size_t in, std::size_t out);

}  // namespace hilum::model
