#include "scp/file_meta.h"

#include <doctest/doctest.h>

#include "pipeline/domain/sha256.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::scp;
using namespace hilum::test;

namespace {

IncomingInstance instance(std::string calling_ae) {
  return {*SopClassUid::parse("1.2"), *SopInstanceUid::parse("1.2.3"),
          *TransferSyntaxUid::parse("1.2.840.10008.1.2.1"), std::move(calling_ae)};
}

}  // namespace

TEST_CASE("file meta: preamble, prefix, and a group length that ends where the data set starts") {
  for (const char* calling : {"", "ODD", "EVEN"}) {
    CAPTURE(calling);
    const auto meta = encode_file_meta(instance(calling));
    CHECK(meta.substr(128, 4) == "DICM");
    const auto length =
        static_cast<unsigned char>(meta[140]) + 256U * static_cast<unsigned char>(meta[141]);
    CHECK(meta.size() == 144 + length);
    CHECK(meta.size() % 2 == 0);
  }
}

TEST_CASE("file meta: the digest covers the data set and nothing else") {
  TempDir dir;
  const std::string data(300'000, 'd');
  write_file(dir / "a", encode_file_meta(instance("A")) + data);
  write_file(dir / "b", encode_file_meta(instance("LONGER_TITLE")) + data);
  CHECK(*data_set_sha256(dir / "a") == Sha256::hex(Sha256::of(data)));
  CHECK(*data_set_sha256(dir / "b") == Sha256::hex(Sha256::of(data)));
}

TEST_CASE("file meta: files that are none are an error") {
  TempDir dir;
  write_file(dir / "short", "DICM");
  write_file(dir / "other", std::string(500, 'x'));
  CHECK(data_set_sha256(dir / "short").error().code == ErrorCode::kInvalidInput);
  CHECK(data_set_sha256(dir / "other").error().code == ErrorCode::kInvalidInput);
  CHECK(data_set_sha256(dir / "none").error().code == ErrorCode::kNotFound);
}
