#include <immintrin.h>

#include "model/winograd/kernels_of.h"

namespace hilum::model {
namespace {

/// Eight floats a vector; sixteen registers.
struct Avx2 {
  using Element = float;
  using Vector = __m256;
  using Factors = __m256;
  static constexpr const char* kName = "avx2";
  static constexpr std::size_t kLanes = 8;
  static constexpr std::size_t kRows = 6;
  static constexpr std::size_t kVectors = 2;
  static constexpr std::size_t kGroup = 1;

  static Vector load(const float* from) { return _mm256_loadu_ps(from); }
  static void store(float* to, Vector value) { _mm256_storeu_ps(to, value); }
  static Vector load_floats(const float* from) { return _mm256_loadu_ps(from); }
  static void store_floats(float* to, Vector value) { _mm256_storeu_ps(to, value); }
  static Factors load_factors(const float* from) { return _mm256_loadu_ps(from); }
  static Factors repeat_group(const float* from) { return _mm256_broadcast_ss(from); }
  static Vector multiply_add(Factors a, Factors b, Vector sum) {
    return _mm256_fmadd_ps(a, b, sum);
  }
};

}  // namespace

const WinogradKernels<float> kWinogradAvx2 = WinogradFor<Avx2>::kKernels;

}  // namespace hilum::model
