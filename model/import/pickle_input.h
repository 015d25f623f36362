#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// Keeps the first thing that goes wrong while a pickle is read. Later steps then do nothing more.
class PickleFault {
 public:
  void raise(Error error) {
    if (!error_) error_ = std::move(error);
  }
  void raise(std::string message) { raise(Error{ErrorCode::kInvalidInput, std::move(message)}); }
  explicit operator bool() const { return error_.has_value(); }
  /// Only after a fault.
  [[nodiscard]] Error take() { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

/// The bytes of a pickle, front to back. Never reads or allocates beyond them; what is missing is a
/// fault and read as empty or 0.
class PickleInput {
 public:
  PickleInput(std::string_view bytes, PickleFault& fault) : bytes_(bytes), fault_(fault) {}

  [[nodiscard]] std::size_t offset() const { return at_; }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

  /// The next `count` bytes.
  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      fault_.raise(
          fmt::format("the pickle is truncated: {} bytes expected at offset {}, {} are left", count,
                      at_, bytes_.size() - at_));
      return {};
    }
    const auto piece = bytes_.substr(at_, static_cast<std::size_t>(count));
    at_ += piece.size();
    return piece;
  }
  /// A little-endian number.
  template <class T>
  T number() {
    T value{};
    const auto piece = take(sizeof value);
    if (piece.size() == sizeof value) std::memcpy(&value, piece.data(), sizeof value);
    return value;
  }
  /// Bytes up to a line feed, which is skipped.
  std::string_view line() {
    const auto end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) {
      fault_.raise(fmt::format("the pickle is truncated: no end of line after offset {}", at_));
      return {};
    }
    const auto piece = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return piece;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  PickleFault& fault_;
};

}  // namespace hilum::model
