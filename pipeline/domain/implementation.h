#pragma once

#include <string>

namespace hilum {

/// Identifies this implementation to peers and in the files it writes (PS3.7 D.3.3.2, PS3.10 7.1);
/// derived, hence stable.
const std::string& implementation_class_uid();
inline constexpr const char* kImplementationVersionName = "HILUM";  // at most 16 characters

}  // namespace hilum
