#include "pipeline/domain/ip_network.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstddef>

namespace hilum {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

struct Address {
  int family;
  Bytes bytes;
};

std::optional<Address> parse_address(const std::string& text) {
  for (const int family : {AF_INET, AF_INET6}) {
    Address address{family, {}};
    if (::inet_pton(family, text.c_str(), address.bytes.data()) == 1) return address;
  }
  return {};
}

int bits_of(int family) { return family == AF_INET ? 32 : 128; }

bool bit(const Bytes& bytes, int index) {
  const auto byte = bytes[static_cast<std::size_t>(index / 8)];
  return ((byte >> (7 - index % 8)) & 1) != 0;
}

}  // namespace

std::optional<IpNetwork> IpNetwork::parse(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {};
  const auto address = parse_address(text.substr(0, slash));
  IpNetwork network;
  const char* end = text.data() + text.size();
  const auto number = std::from_chars(text.data() + slash + 1, end, network.length_);
  if (!address || number.ec != std::errc() || number.ptr != end || network.length_ < 0 ||
      network.length_ > bits_of(address->family)) {
    return {};
  }
  for (int i = network.length_; i < bits_of(address->family); ++i) {
    if (bit(address->bytes, i)) return {};
  }
  network.family_ = address->family;
  network.bytes_ = address->bytes;
  return network;
}

bool IpNetwork::contains(const std::string& text) const {
  const auto address = parse_address(text);
  if (!address || address->family != family_) return false;
  for (int i = 0; i < length_; ++i) {
    if (bit(address->bytes, i) != bit(bytes_, i)) return false;
  }
  return true;
}

}  // namespace hilum
