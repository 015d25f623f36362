#include "model/precision.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace hilum::model {
namespace {

constexpr std::array<std::pair<Precision, std::string_view>, 5> kNames{
    {{Precision::kAuto, "auto"},
     {Precision::kFloat32, "float32"},
     {Precision::kTf32, "tf32"},
     {Precision::kBFloat16, "bfloat16"},
     {Precision::kFloat16, "float16"}}};

}  // namespace

std::string_view to_string(Precision precision) {
  for (const auto& [value, name] : kNames) {
    if (value == precision) return name;
  }
  return "auto";
}

Result<Precision> parse_precision(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return Error{
      ErrorCode::kInvalidInput,
      fmt::format("unknown precision '{}': use auto, float32, tf32, bfloat16 or float16", name)};
}

bool cpu_has_bfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

bool cpu_has_bfloat16_tiles() {
#if defined(__x86_64__)
  // Not every compiler knows the feature by name. Intel's manual, volume 2A, CPUID, leaf 7.
  constexpr unsigned kAmxBf16 = 1U << 22U;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kAmxBf16) != 0;
#else
  return false;
#endif
}

}  // namespace hilum::model
