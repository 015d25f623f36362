#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum::scp {

/// The transfer syntaxes that every system knows (PS3.5 A.1, A.2).
enum class PlainEncoding { kImplicitLittleEndian, kExplicitLittleEndian };

inline constexpr std::uint32_t kUndefinedLength = 0xFFFFFFFF;
inline constexpr std::uint32_t kItem = 0xFFFEE000;
inline constexpr std::uint32_t kItemEnd = 0xFFFEE00D;
inline constexpr std::uint32_t kSequenceEnd = 0xFFFEE0DD;

/// What stands in front of a data element's value (PS3.5 7.1).
struct ElementHead {
  std::uint32_t tag;     ///< group and element
  std::uint32_t length;  ///< of the value, as stated: to be compared with what has come
  std::size_t size;      ///< of the head itself
};
/// kInvalidInput when `bytes` ends within it.
Result<ElementHead> element_head(std::string_view bytes, PlainEncoding encoding);

}  // namespace hilum::scp
