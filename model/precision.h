#pragma once

#include <string>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// What the convolutions compute with. Sums, normalisations and everything small are in float
/// whatever this says.
enum class Precision {
  kAuto,  ///< bfloat16 where the processor or GPU has it, float32 otherwise
  kFloat32,
  kTf32,      ///< CUDA only: float32 with products of 10 bits
  kBFloat16,  ///< 8 bits of precision, the exponents of float32
  kFloat16,   ///< CUDA only
};

/// "auto", "float32", "tf32", "bfloat16" or "float16".
std::string_view to_string(Precision precision);
/// kInvalidInput, with the list of names, for any other.
Result<Precision> parse_precision(std::string_view name);

/// Whether this processor multiplies bfloat16 numbers itself (AVX512-BF16, with or without AMX).
/// Without it, oneDNN's emulation is slower than float32.
bool cpu_has_bfloat16();
/// Whether it multiplies whole matrices of them (AMX-BF16).
bool cpu_has_bfloat16_tiles();

}  // namespace hilum::model
