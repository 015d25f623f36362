#include <immintrin.h>

#include "model/winograd/kernels_of.h"

namespace hilum::model {
namespace {

/// One instruction multiplies 32 pairs of bfloat16 numbers and sums up neighbours in 16 floats.
struct Avx512Bf16 {
  using Element = BFloat16;
  using Vector = __m512;
  using Factors = __m512bh;
  static constexpr const char* kName = "avx512_bf16";
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kRows = 12;
  static constexpr std::size_t kVectors = 2;
  static constexpr std::size_t kGroup = 2;

  static Vector load(const BFloat16* from) {
    const auto* bits = static_cast<const __m256i*>(static_cast<const void*>(from));
    return _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(bits)), 16));
  }
  static void store(BFloat16* to, Vector value) {
    const __m256bh rounded = _mm512_cvtneps_pbh(value);
    __builtin_memcpy(&to->bits, &rounded, sizeof rounded);
  }
  static Vector load_floats(const float* from) { return _mm512_loadu_ps(from); }
  static void store_floats(float* to, Vector value) { _mm512_storeu_ps(to, value); }
  static Factors load_factors(const BFloat16* from) {
    Factors factors;
    __builtin_memcpy(&factors, &from->bits, sizeof factors);
    return factors;
  }
  static Factors repeat_group(const BFloat16* from) {
    int pair;
    __builtin_memcpy(&pair, &from->bits, sizeof pair);
    const __m512i pairs = _mm512_set1_epi32(pair);
    Factors factors;
    __builtin_memcpy(&factors, &pairs, sizeof factors);
    return factors;
  }
  static Vector multiply_add(Factors a, Factors b, Vector sum) {
    return _mm512_dpbf16_ps(sum, a, b);
  }
};

}  // namespace

const WinogradKernels<BFloat16> kWinogradAvx512Bf16 = WinogradFor<Avx512Bf16>::kKernels;

}  // namespace hilum::model
