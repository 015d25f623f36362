#include <immintrin.h>

#include "model/winograd/kernels_of.h"

namespace hilum::model {
namespace {

/// Sixteen floats a vector; thirty-two registers.
struct Avx512 {
  using Element = float;
  using Vector = __m512;
  using Factors = __m512;
  static constexpr const char* kName = "avx512";
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kRows = 12;
  static constexpr std::size_t kVectors = 2;
  static constexpr std::size_t kGroup = 1;

  static Vector load(const float* from) { return _mm512_loadu_ps(from); }
  static void store(float* to, Vector value) { _mm512_storeu_ps(to, value); }
  static Vector load_floats(const float* from) { return _mm512_loadu_ps(from); }
  static void store_floats(float* to, Vector value) { _mm512_storeu_ps(to, value); }
  static Factors load_factors(const float* from) { return _mm512_loadu_ps(from); }
  static Factors repeat_group(const float* from) { return _mm512_set1_ps(*from); }
  static Vector multiply_add(Factors a, Factors b, Vector sum) {
    return _mm512_fmadd_ps(a, b, sum);
  }
};

}  // namespace

const WinogradKernels<float> kWinogradAvx512 = WinogradFor<Avx512>::kKernels;

}  // namespace hilum::model
