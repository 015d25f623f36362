#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hilum {

/// SHA-256 (FIPS 180-4) over bytes that arrive piece by piece. Not thread-safe; movable.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// The digest of everything so far. Call it once, last.
  Digest finish();

  static Digest of(std::string_view text);
  /// 64 lower-case hexadecimal digits.
  static std::string hex(const Digest& digest);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hilum
