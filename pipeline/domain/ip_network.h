#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace hilum {

/// A range of IP addresses in CIDR notation: "10.1.0.0/16", "fd00::/8" (RFC 4632, RFC 4291 2.3).
class IpNetwork {
 public:
  /// Nothing when `text` is no network: without a length, or with bits set behind it.
  static std::optional<IpNetwork> parse(const std::string& text);

  /// Whether a numeric address lies in it; never for one of the other family.
  [[nodiscard]] bool contains(const std::string& address) const;

 private:
  int family_ = 0;
  std::array<std::uint8_t, 16> bytes_{};
  int length_ = 0;  ///< leading bits that all its addresses share
};

}  // namespace hilum
