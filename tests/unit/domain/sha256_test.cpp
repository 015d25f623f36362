#include "pipeline/domain/sha256.h"

#include <doctest/doctest.h>

using namespace hilum;

TEST_CASE("sha256: equals the published vectors of FIPS 180-4") {
  CHECK(Sha256::hex(Sha256::of("")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256::hex(Sha256::of("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("sha256: pieces give the same digest as the whole") {
  Sha256 hash;
  hash.update("a");
  hash.update("bc");
  CHECK(hash.finish() == Sha256::of("abc"));
}
