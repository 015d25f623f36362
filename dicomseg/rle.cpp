#include "dicomseg/rle.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace hilum::dicomseg {
namespace {

constexpr std::size_t kHeaderBytes = 64;

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[at + i]);
  }
  return value;
}

/// Every `step`th byte of `pixels`, from the first on; false when the segment holds fewer
/// (PS3.5 G.3.2).
bool decode_segment(std::span<const std::byte> segment, std::size_t step,
                    std::span<std::byte> pixels) {
  std::size_t out = 0;
  const auto put = [&](std::byte value) {
    pixels[out] = value;
    out += step;
  };
  for (std::size_t in = 0; in < segment.size() && out < pixels.size();) {
    const auto n = static_cast<std::int8_t>(std::to_integer<std::uint8_t>(segment[in++]));
    if (n == -128) continue;
    if (n >= 0) {
      for (int i = 0; i <= n && out < pixels.size(); ++i) {
        if (in == segment.size()) return false;
        put(segment[in++]);
      }
    } else {
      if (in == segment.size()) return false;
      const std::byte value = segment[in++];
      for (int i = 0; i <= -n && out < pixels.size(); ++i) put(value);
    }
  }
  return out >= pixels.size();
}

}  // namespace

Status decode_rle(std::span<const std::byte> frame, int bytes_per_pixel,
                  std::span<std::byte> pixels) {
  const auto invalid = [](std::string message) {
    return Error{ErrorCode::kInvalidInput, std::move(message)};
  };
  if (frame.size() < kHeaderBytes) return invalid("the RLE frame has no header");
  const auto step = static_cast<std::size_t>(bytes_per_pixel);
  const std::uint32_t count = number_at(frame, 0);
  if (count != step) {
    return invalid(fmt::format("the RLE frame has {} segments, its pixels have {} bytes", count,
                               bytes_per_pixel));
  }
  for (std::size_t s = 0; s < step; ++s) {
    const std::size_t begin = number_at(frame, 4 * (s + 1));
    const std::size_t end = s + 1 < step ? number_at(frame, 4 * (s + 2)) : frame.size();
    if (begin < kHeaderBytes || begin > end || end > frame.size()) {
      return invalid(fmt::format("segment {} of the RLE frame lies from byte {} to {} of {}", s + 1,
                                 begin, end, frame.size()));
    }
    // The first segment has the most significant bytes.
    const bool little = std::endian::native == std::endian::little;
    const std::size_t place = little ? step - 1 - s : s;
    if (!decode_segment(frame.subspan(begin, end - begin), step, pixels.subspan(place))) {
      return invalid(fmt::format("segment {} of the RLE frame ends before its pixels do", s + 1));
    }
  }
  return ok();
}

}  // namespace hilum::dicomseg
