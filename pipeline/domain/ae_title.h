#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum {

/// A DICOM application entity title (PS3.5 6.2, VR AE): 1..16 printable ASCII characters without
/// backslash; leading and trailing spaces are not significant and are stripped. Comparison is
/// exact, as the standard has it.
class AeTitle {
 public:
  static Result<AeTitle> parse(std::string_view raw);

  [[nodiscard]] const std::string& str() const { return text_; }
  auto operator<=>(const AeTitle&) const = default;

 private:
  explicit AeTitle(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace hilum
