#include "pipeline/domain/ae_title.h"

#include <fmt/format.h>

#include <algorithm>

namespace hilum {

Result<AeTitle> AeTitle::parse(std::string_view raw) {
  constexpr std::size_t kMaxLength = 16;
  std::string_view text = raw;
  // Some peers pad with NUL although the standard says space.
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const auto refuse = [](std::string_view why) {
    return Error{ErrorCode::kInvalidInput, fmt::format("not an AE title: {}", why)};
  };
  if (text.empty()) return refuse("it is empty or all blanks");
  if (text.size() > kMaxLength) return refuse("it has more than 16 characters");
  const bool printable = std::all_of(text.begin(), text.end(),
                                     [](char c) { return c >= 0x20 && c <= 0x7e && c != '\\'; });
  if (!printable) return refuse("only printable ASCII without backslash is allowed");
  return AeTitle(std::string(text));
}

}  // namespace hilum
