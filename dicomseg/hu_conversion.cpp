#include "dicomseg/hu_conversion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

namespace hilum::dicomseg {
namespace {

std::int16_t clamped(double hu) {
  constexpr double kLowest = std::numeric_limits<std::int16_t>::min();
  constexpr double kHighest = std::numeric_limits<std::int16_t>::max();
  return static_cast<std::int16_t>(std::clamp(std::round(hu), kLowest, kHighest));
}

}  // namespace

Status check_format(const PixelFormat& f) {
  if (f.bits_allocated != 8 && f.bits_allocated != 16) {
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("{} bits are allocated per pixel, 8 or 16 are read", f.bits_allocated)};
  }
  if (f.bits_stored < 8 || f.bits_stored > f.bits_allocated || f.high_bit >= f.bits_allocated ||
      f.high_bit < f.bits_stored - 1) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("impossible pixel layout: {} bits allocated, {} stored, high bit {}",
                             f.bits_allocated, f.bits_stored, f.high_bit)};
  }
  return ok();
}

int HuConversion::stored_value(std::uint16_t pattern) const {
  const int shift = format_.high_bit + 1 - format_.bits_stored;
  const int mask = (1 << format_.bits_stored) - 1;
  const int value = (pattern >> shift) & mask;
  const bool negative = format_.sign == PixelFormat::Sign::kTwosComplement &&
                        (value >> (format_.bits_stored - 1)) != 0;
  return negative ? value - (1 << format_.bits_stored) : value;
}

void HuConversion::build_table(const Rescale& rescale) {
  table_.resize(std::size_t{1} << format_.bits_allocated);
  for (std::size_t pattern = 0; pattern < table_.size(); ++pattern) {
    const int stored = stored_value(static_cast<std::uint16_t>(pattern));
    table_[pattern] = clamped(rescale.slope * stored + rescale.intercept);
  }
  if (format_.padding_value) {
    // The padding attributes are plain values, not shifted by the high bit as pixels are.
    PixelFormat plain = format_;
    plain.high_bit = plain.bits_stored - 1;
    const HuConversion as_value(plain);
    const int one = as_value.stored_value(*format_.padding_value);
    const int other = as_value.stored_value(format_.padding_limit.value_or(*format_.padding_value));
    for (std::size_t pattern = 0; pattern < table_.size(); ++pattern) {
      const int stored = stored_value(static_cast<std::uint16_t>(pattern));
      if (stored >= std::min(one, other) && stored <= std::max(one, other)) {
        table_[pattern] = kPaddingHu;
      }
    }
  }
  built_for_ = rescale;
}

void HuConversion::convert(std::span<const std::byte> raw, const Rescale& rescale,
                           std::span<std::int16_t> hu) {
  const std::size_t bytes_per_pixel = static_cast<std::size_t>(format_.bits_allocated) / 8;
  assert(raw.size() >= hu.size() * bytes_per_pixel);
  if (built_for_ != rescale) build_table(rescale);
  for (std::size_t i = 0; i < hu.size(); ++i) {
    std::uint16_t pattern = 0;
    if (bytes_per_pixel == 1) {
      pattern = static_cast<std::uint16_t>(raw[i]);
    } else {
      std::memcpy(&pattern, &raw[2 * i], sizeof pattern);
    }
    hu[i] = table_[pattern];
  }
}

}  // namespace hilum::dicomseg
