#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// What a voxel is set to where the scanner measured nothing (pixel padding): air.
inline constexpr std::int16_t kPaddingHu = -1024;

/// How a stored pixel is laid out (PS3.3 C.7.6.3.1, PS3.5 8.1.1). Padding values are the raw bit
/// patterns of (0028,0120) and (0028,0121); writers disagree about their sign.
struct PixelFormat {
  int bits_allocated = 16;
  int bits_stored = 16;
  int high_bit = 15;
  enum class Sign { kUnsigned, kTwosComplement };
  Sign sign = Sign::kTwosComplement;
  std::optional<std::uint16_t> padding_value{};
  std::optional<std::uint16_t> padding_limit{};
  bool operator==(const PixelFormat&) const = default;
};

/// Modality LUT: HU = slope * stored + intercept (PS3.3 C.11.1).
struct Rescale {
  double slope = 1;
  double intercept = 0;
  bool operator==(const Rescale&) const = default;
};

/// Refuses layouts that the standard does not have (kInvalidInput) and those of more than 16 bits
/// (kUnsupported).
Status check_format(const PixelFormat& format);

/// Turns the pixels of frames into Hounsfield units. Bits outside bits_stored (old overlays) are
/// masked, the sign is that of bits_stored, padding becomes kPaddingHu, the rest is rounded and
/// clamped to int16. Works through a table of all bit patterns, rebuilt only when the rescale
/// changes. Not thread-safe; one per reader.
class HuConversion {
 public:
  /// Precondition: `check_format(format)`.
  explicit HuConversion(const PixelFormat& format) : format_(format) {}

  /// `raw` holds native-endian pixels of bits_allocated, exactly `hu.size()` of them.
  void convert(std::span<const std::byte> raw, const Rescale& rescale, std::span<std::int16_t> hu);

 private:
  void build_table(const Rescale& rescale);
  [[nodiscard]] int stored_value(std::uint16_t pattern) const;

  PixelFormat format_;
  std::optional<Rescale> built_for_;
  std::vector<std::int16_t> table_;
};

}  // namespace hilum::dicomseg
