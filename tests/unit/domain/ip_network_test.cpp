#include "pipeline/domain/ip_network.h"

#include <doctest/doctest.h>

using namespace hilum;

namespace {

bool contains(const char* network, const char* address) {
  const auto parsed = IpNetwork::parse(network);
  REQUIRE_MESSAGE(parsed, network);
  return parsed->contains(address);
}

}  // namespace

TEST_CASE("IP network: contains the addresses that share its leading bits") {
  CHECK(contains("10.1.0.0/16", "10.1.0.0"));
  CHECK(contains("10.1.0.0/16", "10.1.255.255"));
  CHECK_FALSE(contains("10.1.0.0/16", "10.2.0.0"));
  CHECK(contains("10.1.2.128/25", "10.1.2.200"));
  CHECK_FALSE(contains("10.1.2.128/25", "10.1.2.127"));
  CHECK(contains("10.1.2.3/32", "10.1.2.3"));
  CHECK_FALSE(contains("10.1.2.3/32", "10.1.2.2"));
  CHECK(contains("0.0.0.0/0", "203.0.113.9"));
  CHECK(contains("fd00:1::/32", "fd00:1:ffff::5"));
  CHECK_FALSE(contains("fd00:1::/32", "fd00:2::5"));
  CHECK_FALSE(contains("0.0.0.0/0", "fd00::1"));  // of the other family
  CHECK_FALSE(contains("::/0", "10.0.0.1"));
  CHECK_FALSE(contains("10.0.0.0/8", "unknown"));
}

TEST_CASE("IP network: what is no network is none") {
  for (const char* text :
       {"", "10.1.0.0", "10.1.0.0/", "10.1.0.0/33", "10.1.0.0/-1", "10.1.0.0/8 ", "10.1.0.0/08x",
        "10.1.0.1/16", "10.1/16", "host/16", "fd00::/129", "fd00::1/64", "/16"}) {
    CAPTURE(text);
    CHECK_FALSE(IpNetwork::parse(text));
  }
}
