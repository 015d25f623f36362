#include "model/precision.h"

#include <fmt/format.h>

#include <array>
#include <utility>

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

}  // namespace hilum::model
