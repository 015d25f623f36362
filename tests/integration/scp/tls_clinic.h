#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "scp/tls_context.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

namespace hilum::test {

/// The certificates of a clinic, of a stranger, and what has gone wrong with some of them.
struct Clinic {
  TempDir dir;
  TestAuthority authority{dir.path(), "Clinic CA"};
  TestAuthority strange_authority{dir.path(), "Strange CA"};
  CertificateFiles hilum = authority.issue("hilum", {.common_name = "hilum.example"});
  CertificateFiles scanner = authority.issue("scanner", {.common_name = "scanner.example"});
  CertificateFiles expired = authority.issue(
      "expired", {.common_name = "old.example", .valid_from_days = -9, .valid_until_days = -2});
  CertificateFiles stranger = strange_authority.issue("stranger");

  [[nodiscard]] std::shared_ptr<const scp::TlsContext> context(scp::TlsOptions options = {}) const {
    options.certificate = hilum.certificate;
    options.private_key = hilum.key;
    options.authorities = authority.certificate();
    return loaded(options);
  }
  static std::shared_ptr<const scp::TlsContext> loaded(const scp::TlsOptions& options) {
    auto context = scp::TlsContext::load(options);
    REQUIRE_MESSAGE(context, context.error().message);
    return *context;
  }
};

/// DCMTK's options for TLS with a certificate of its own that believes an authority.
inline std::vector<std::string> as(const CertificateFiles& files, const TestAuthority& believed) {
  return {"+tls", files.key.string(), files.certificate.string(), "+cf",
          believed.certificate().string()};
}

}  // namespace hilum::test
