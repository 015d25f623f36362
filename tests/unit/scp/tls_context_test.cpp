#include "scp/tls_context.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::scp;
using namespace hilum::test;

namespace {

struct Files {
  TempDir dir;
  TestAuthority authority{dir.path(), "Clinic CA"};
};

std::string refusal(const TlsOptions& options) {
  const auto loaded = TlsContext::load(options);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == ErrorCode::kInvalidInput);
  return loaded.error().message;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("tls context: a pair and authorities are loaded, without a word when all is well") {
  const Files files;
  for (const int rsa_bits : {0, 2048}) {
    const auto pair =
        files.authority.issue("hilum", {.common_name = "hilum.example", .rsa_bits = rsa_bits});
    const auto loaded = TlsContext::load({.certificate = pair.certificate,
                                          .private_key = pair.key,
                                          .authorities = files.authority.certificate()});
    REQUIRE_MESSAGE(loaded, loaded.error().message);
    CHECK((*loaded)->warnings().empty());
    REQUIRE((*loaded)->certificate());
    CHECK((*loaded)->certificate()->subject == "CN=hilum.example");
    CHECK((*loaded)->certificate()->issuer == "CN=Clinic CA");
  }
}

TEST_CASE("tls context: authorities alone are enough to call others") {
  const Files files;
  const auto loaded = TlsContext::load({.authorities = files.authority.certificate()});
  REQUIRE_MESSAGE(loaded, loaded.error().message);
  CHECK_FALSE((*loaded)->certificate());
}

TEST_CASE("tls context: a file that cannot be used is named by its key, with what to do") {
  const Files files;
  const auto pair = files.authority.issue("hilum");
  const auto other = files.authority.issue("other");
  const auto absent = files.dir / "absent.pem";
  const auto garbage = files.dir / "garbage.pem";
  write_file(garbage, "-----BEGIN CERTIFICATE-----\nnonsense\n");

  CHECK(has(refusal({.certificate = absent, .private_key = pair.key}),
            "tls.certificate = \"" + absent.string() + "\" cannot be read: No such file"));
  CHECK(has(refusal({.certificate = files.dir.path(), .private_key = pair.key}), "is not a file"));
  CHECK(has(refusal({.certificate = garbage, .private_key = pair.key}),
            "holds no certificate in PEM format"));
  CHECK(has(refusal({.certificate = pair.certificate, .private_key = absent}),
            "tls.private_key = \"" + absent.string() + "\" cannot be read"));
  CHECK(has(refusal({.certificate = pair.certificate, .private_key = garbage}),
            "holds no private key in PEM format"));
  CHECK(has(refusal({.certificate = pair.certificate, .private_key = other.key}),
            "is not the key of tls.certificate"));
  CHECK(has(refusal({.authorities = absent}), "tls.authorities"));
  CHECK(has(refusal({.authorities = garbage}), "holds no certificate in PEM format"));
  CHECK(has(refusal({.authorities = pair.key}), "holds no certificate in PEM format"));
}

TEST_CASE("tls context: an encrypted key is refused at once, no password is asked for") {
  const Files files;
  const auto pair = files.authority.issue("hilum");
  const auto key = files.dir / "encrypted.key";
  write_file(key,
             "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
             "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw\n"
             "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAAAAAAAAAAAAAAAAAAAAAAEgZA=\n"
             "-----END ENCRYPTED PRIVATE KEY-----\n");
  CHECK(has(refusal({.certificate = pair.certificate, .private_key = key}), "is encrypted"));
}

TEST_CASE("tls context: an expired certificate is refused, one near its end is warned about") {
  const Files files;
  const auto load = [&](int from_days, int until_days) {
    const auto pair = files.authority.issue(
        "hilum", {.valid_from_days = from_days, .valid_until_days = until_days});
    return TlsContext::load({.certificate = pair.certificate, .private_key = pair.key});
  };
  const auto expired = load(-100, -1);
  REQUIRE_FALSE(expired);
  CHECK(has(expired.error().message, "expired on 20"));
  CHECK(has(expired.error().message, "have it renewed by \"CN=Clinic CA\""));
  const auto early = load(2, 100);
  REQUIRE_FALSE(early);
  CHECK(has(early.error().message, "clock"));
  const auto soon = load(-1, 29);
  REQUIRE(soon);
  REQUIRE((*soon)->warnings().size() == 1);
  CHECK(has((*soon)->warnings()[0], "expires on 20"));
  const auto later = load(-1, 31);
  REQUIRE(later);
  CHECK((*later)->warnings().empty());
}

TEST_CASE("tls context: a key that everybody can read is warned about") {
  const Files files;
  const auto pair = files.authority.issue("hilum");
  std::filesystem::permissions(pair.key, std::filesystem::perms(0644));
  const auto loaded = TlsContext::load({.certificate = pair.certificate, .private_key = pair.key});
  REQUIRE(loaded);
  REQUIRE((*loaded)->warnings().size() == 1);
  CHECK(has((*loaded)->warnings()[0], "chmod o="));
}

TEST_CASE("certificate: its names are those of the extension, or else the common name") {
  const Files files;
  const auto names_of = [&](const Wanted& wanted) {
    const auto pair = files.authority.issue("x", wanted);
    const auto loaded =
        TlsContext::load({.certificate = pair.certificate, .private_key = pair.key});
    REQUIRE_MESSAGE(loaded, loaded.error().message);
    return *(*loaded)->certificate();
  };
  const auto plain = names_of({.common_name = "ct.example"});
  CHECK(bears_name(plain, "CT.Example"));
  CHECK_FALSE(bears_name(plain, "ct.example.org"));
  CHECK_FALSE(bears_name(plain, ""));
  const auto extended = names_of(
      {.common_name = "ct.example", .alternative_names = "DNS:*.example,IP:10.0.0.5,IP:fd00::5"});
  CHECK(names_text(extended) == "\"*.example\", \"10.0.0.5\", \"fd00::5\"");
  CHECK(bears_name(extended, "10.0.0.5"));
  CHECK(bears_name(extended, "*.example"));
  CHECK_FALSE(bears_name(extended, "ct.example"));
  const std::string host = "ct.example" + std::string(40, 'x');
  CHECK_FALSE(bears_name(names_of({.common_name = host + ".elsewhere"}), host));
  CHECK_FALSE(bears_name(names_of({.common_name = host + " "}), host));
  CHECK(bears_name(names_of({.alternative_names = "DNS:" + std::string(60, 'a') + ".b"}),
                   std::string(60, 'a') + ".b"));
  const auto forged = names_of({.common_name = "a\nevent=\"x\""});
  CHECK(forged.subject.find('\n') == std::string::npos);
  CHECK(forged.subject.find('"') == std::string::npos);
}
