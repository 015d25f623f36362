#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "dicomseg/data_set_scan.h"

/// How elements are written (PS3.5 7 and A), for all that walks files or messages itself.
namespace hilum::dicomseg {

enum class Vr { kExplicit, kImplicit };
enum class Order { kLittle, kBig };
struct Encoding {
  Vr vr = Vr::kExplicit;
  Order order = Order::kLittle;
};
inline constexpr Encoding kImplicitLittle{Vr::kImplicit, Order::kLittle};

/// PS3.5 A; what is encapsulated is Explicit VR Little Endian.
Encoding encoding_of(std::string_view transfer_syntax);
bool is_deflated(std::string_view transfer_syntax);

bool is_capital(char c);
/// Whether an explicit VR has a length of 32 bits after two reserved bytes (PS3.5 7.1.2). Of VRs
/// that nobody knows, DCMTK takes those of capital letters so, and all others as 16 bits.
bool has_long_length(std::string_view vr);

/// Up to four bytes as a number.
std::uint32_t number(std::span<const std::byte> bytes, Order order);
ElementTag tag_in(std::span<const std::byte, 4> bytes, Order order);

/// Of a value that is asked for, as many bytes are kept.
inline constexpr std::size_t kLongestWanted = 1024;
/// A value as text, without the padding behind it.
std::string unpadded(std::span<const std::byte> bytes);

}  // namespace hilum::dicomseg
