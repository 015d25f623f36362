#include "scp/element_head.h"

#include "dicomseg/element_encoding.h"
#include "scp/command_set.h"

namespace hilum::scp {
namespace {

Error cut_off() {
  return {ErrorCode::kInvalidInput, "the data set ends within the head of an element"};
}

}  // namespace

Result<ElementHead> element_head(std::string_view bytes, PlainEncoding encoding) {
  constexpr std::size_t kShort = 8;
  constexpr std::size_t kLong = 12;
  if (bytes.size() < kShort) return cut_off();
  const std::uint32_t tag =
      little_endian(bytes.substr(0, 2)) << 16U | little_endian(bytes.substr(2, 2));
  const bool is_delimiter = tag == kItem || tag == kItemEnd || tag == kSequenceEnd;
  if (is_delimiter || encoding == PlainEncoding::kImplicitLittleEndian) {
    return ElementHead{tag, little_endian(bytes.substr(4, 4)), kShort};
  }
  if (!dicomseg::has_long_length(bytes.substr(4, 2))) {
    return ElementHead{tag, little_endian(bytes.substr(6, 2)), kShort};
  }
  if (bytes.size() < kLong) return cut_off();
  return ElementHead{tag, little_endian(bytes.substr(8, 4)), kLong};
}

}  // namespace hilum::scp
