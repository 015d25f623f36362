#include "dicomseg/frame_pixels.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hilum::dicomseg {
namespace {

static_assert(std::endian::native == std::endian::little, "the first voxel is the lowest byte");

constexpr std::uint64_t kEveryByte = 0x0101010101010101;
constexpr std::uint64_t kLowBits = 0x7F7F7F7F7F7F7F7F;

std::span<const std::uint8_t> slice_of(const LabelMap& labels, int z) {
  const std::size_t voxels = static_cast<std::size_t>(labels.geometry.size[1]) *
                             static_cast<std::size_t>(labels.geometry.size[2]);
  return std::span(labels.label).subspan(static_cast<std::size_t>(z) * voxels, voxels);
}

/// Bit i: whether byte i of `eight` is `wanted`.
std::uint8_t bits_of_equal(std::uint64_t eight, std::uint8_t wanted) {
  const std::uint64_t difference = eight ^ (kEveryByte * wanted);
  // The high bit of every byte without a difference, and then those bits side by side.
  const std::uint64_t equal = ~(((difference & kLowBits) + kLowBits) | difference | kLowBits);
  constexpr std::uint64_t kGather = 0x0102040810204080;
  return static_cast<std::uint8_t>(((equal >> 7) * kGather) >> 56);
}

/// Bits that follow each other, whatever frame they are of.
class BitStream {
 public:
  explicit BitStream(std::span<std::uint8_t> into) : into_(into) {}

  /// Bit i of `bits` for i below `count`, at most 8; the others are 0.
  void append(std::uint8_t bits, std::size_t count) {
    const std::size_t byte = at_ / 8;
    const std::size_t shift = at_ % 8;
    into_[byte] = static_cast<std::uint8_t>(into_[byte] | (bits << shift));
    if (shift + count > 8) into_[byte + 1] = static_cast<std::uint8_t>(bits >> (8 - shift));
    at_ += count;
  }

 private:
  std::span<std::uint8_t> into_;
  std::size_t at_ = 0;
};

void pack_slice(std::span<const std::uint8_t> slice, std::span<const int> wanted, BitStream& to) {
  for (std::size_t i = 0; i < slice.size(); i += 8) {
    const std::size_t count = std::min<std::size_t>(8, slice.size() - i);
    std::uint64_t eight = 0;  // beyond the end: background
    std::memcpy(&eight, &slice[i], count);
    std::uint8_t bits = 0;
    if (eight != 0) {
      for (const int label : wanted) {
        bits = static_cast<std::uint8_t>(bits |
                                         bits_of_equal(eight, static_cast<std::uint8_t>(label)));
      }
    }
    to.append(bits, count);
  }
}

}  // namespace

std::size_t pixel_bytes(std::size_t frames, std::size_t slice_voxels, int bits) {
  const std::size_t bytes = (frames * slice_voxels * static_cast<std::size_t>(bits) + 7) / 8;
  return bytes + bytes % 2;
}

void pack_frames(const LabelMap& labels, const SegLayout& layout, std::span<const SegFrame> frames,
                 std::span<std::uint8_t> into) {
  std::ranges::fill(into, std::uint8_t{0});
  BitStream stream(into);
  for (const SegFrame& frame : frames) {
    const auto& wanted = layout.segments[static_cast<std::size_t>(frame.segment) - 1].labels;
    pack_slice(slice_of(labels, frame.z), wanted, stream);
  }
}

void number_frames(const LabelMap& labels, const SegLayout& layout,
                   std::span<const SegFrame> frames, std::span<std::uint8_t> into) {
  const SegmentOfLabel segment_of = layout.segment_of_label();
  std::size_t at = 0;
  for (const SegFrame& frame : frames) {
    for (const std::uint8_t label : slice_of(labels, frame.z)) into[at++] = segment_of[label];
  }
  std::fill(into.begin() + static_cast<std::ptrdiff_t>(at), into.end(), std::uint8_t{0});
}

}  // namespace hilum::dicomseg
