#pragma once

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <new>
#include <string_view>
#include <utility>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// LibTorch reports all its errors as one exception type; memory is told apart by its message.
inline Error torch_error(std::string_view what, const c10::Error& error) {
  const std::string_view text = error.what_without_backtrace();
  for (const std::string_view sign :
       {"out of memory", "can't allocate memory", "not enough memory"}) {
    if (text.find(sign) != std::string_view::npos) {
      return {ErrorCode::kNoSpace, fmt::format("not enough memory to {}", what)};
    }
  }
  return {ErrorCode::kInternal, fmt::format("cannot {}: {}", what, text)};
}

/// Calls `body`, which returns a Result, and turns what LibTorch throws into its Error. `what`
/// completes "cannot ...". For .cpp files that include LibTorch only.
template <class Body>
auto guarded(std::string_view what, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const c10::Error& error) {
    return torch_error(what, error);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kNoSpace, fmt::format("not enough memory to {}", what)};
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, fmt::format("cannot {}: {}", what, error.what())};
  }
}

}  // namespace hilum::model
