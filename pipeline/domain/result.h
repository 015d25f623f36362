#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace hilum {

/// Why an operation failed. A code exists only because some caller acts differently on it:
/// `scp/dimse_status` turns it into a DIMSE status, `pipeline/retry_policy` into "try again" or
/// not.
enum class ErrorCode {
  kInvalidInput,  ///< the data or the request itself is wrong; trying again cannot help
  kNotFound,      ///< the named thing does not exist
  kConflict,      ///< it exists already, and differently; or somebody else changed it meanwhile
  kUnsupported,   ///< well-formed, but not something this node can handle
  kNoSpace,       ///< disk or memory is exhausted; trying again later can help
  kUnavailable,   ///< a peer or a device cannot be reached now; trying again later can help
  kCancelled,     ///< somebody asked for it to stop
  kInternal,      ///< a bug or a broken installation
};

/// The code's name as written in logs and in the database, for example "no-space".
std::string_view to_string(ErrorCode code);
/// The inverse of `to_string`; `kInternal` for an unknown name.
ErrorCode error_code_from(std::string_view name);

/// An error as a value. The message says what was attempted, on which object, and what to do about
/// it. It never holds a patient's name or ID: UIDs and job ids only.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  /// The same error with "`context`: " in front of its message.
  [[nodiscard]] Error in(std::string_view context) && {
    message = std::string(context) + ": " + std::move(message);
    return std::move(*this);
  }
};

/// A value of type T, or the Error that prevented it. Its names are a subset of C++23's
/// `std::expected<T, Error>`, so that a later switch is a `using`.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & { return checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->checked(); }
  /// By value, so that `for (auto& x : *f())` keeps what it iterates over alive.
  T operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

  [[nodiscard]] const Error& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] Error error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }
  [[nodiscard]] T value_or(T fallback) && {
    return has_value() ? std::move(checked()) : std::move(fallback);
  }

 private:
  T& checked() {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

/// The result of an operation that yields nothing but success: `Status{}` or an Error.
using Status = Result<std::monostate>;
inline Status ok() { return std::monostate{}; }

}  // namespace hilum
