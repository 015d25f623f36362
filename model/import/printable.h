#pragma once

#include <string>
#include <string_view>

namespace hilum::model {

/// `text` from a file of unknown origin as it may appear in a message: at most 120 bytes, control
/// characters and what is no ASCII replaced by '?', so that a name can neither flood a terminal nor
/// drive it.
inline std::string printable(std::string_view text) {
  constexpr std::size_t kMaxBytes = 120;
  std::string result(text.substr(0, kMaxBytes));
  for (char& c : result) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (text.size() > kMaxBytes) result += "...";
  return result;
}

}  // namespace hilum::model
