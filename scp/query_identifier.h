#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "pipeline/domain/result.h"
#include "scp/element_head.h"

namespace hilum::scp {

/// The elements at the top level of an identifier (PS3.4 C.1.3) that a peer answers to a query,
/// sequences left out. Read by us, as `CommandSet` is and for the same reason.
class QueryIdentifier {
 public:
  using Encoding = PlainEncoding;

  /// kInvalidInput when the lengths of the elements do not add up.
  static Result<QueryIdentifier> parse(std::string_view bytes, Encoding encoding);

  /// An element's value without padding; empty when absent. `tag` is group and element.
  [[nodiscard]] std::string_view text(std::uint32_t tag) const;

 private:
  std::map<std::uint32_t, std::string> elements_;
};

}  // namespace hilum::scp
