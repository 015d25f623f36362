#include <immintrin.h>

#include "model/winograd/kernels_of.h"

namespace hilum::model {
namespace {

/// One instruction multiplies 32 pairs of bfloat16 numbers and sums up neighbours in 16 floats.
struct Avx512Bf16 {
  using Element = BFloat16;
  using Vector = __m512;
  using Factors = __m512i;
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
    auto* bits = static_cast<__m256i*>(static_cast<void*>(to));
    _mm256_storeu_si256(bits, __builtin_bit_cast(__m256i, _mm512_cvtneps_pbh(value)));
  }
  static Vector load_floats(const float* from) { return _mm512_loadu_ps(from); }
  static void store_floats(float* to, Vector value) { _mm512_storeu_ps(to, value); }
  static Factors load_factors(const BFloat16* from) { return _mm512_loadu_si512(from); }
  static Factors repeat_group(const BFloat16* from) {
    int pair;
    __builtin_memcpy(&pair, &from->bits, sizeof pair);
    __m512i pairs = _mm512_set1_epi32(pair);
#if defined(__clang__)
    // clang 16 ends with a segmentation fault where it may join this with the product.
    asm("" : "+v"(pairs));
#endif
    return pairs;
  }
  static Vector multiply_add(Factors a, Factors b, Vector sum) {
    return _mm512_dpbf16_ps(sum, __builtin_bit_cast(__m512bh, a), __builtin_bit_cast(__m512bh, b));
  }
};

}  // namespace

const WinogradKernels<BFloat16> kWinogradAvx512Bf16 = WinogradFor<Avx512Bf16>::kKernels;

}  // namespace hilum::model
