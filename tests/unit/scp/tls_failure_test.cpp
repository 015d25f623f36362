#include "scp/tls_failure.h"

#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <string>

using namespace hilum::scp;

namespace {

const Certificate kScanner{.subject = "CN=scanner",
                           .issuer = "CN=Clinic CA",
                           .names = {"scanner"},
                           .valid_from = std::chrono::sys_days{std::chrono::January / 2 / 2020},
                           .valid_until = std::chrono::sys_days{std::chrono::March / 4 / 2021}};
const Certificate kOurs{
    .subject = "CN=hilum", .issuer = "CN=Our CA", .names = {}, .valid_from = {}, .valid_until = {}};

int alert(int number) { return SSL_AD_REASON_OFFSET + number; }

}  // namespace

TEST_CASE("tls failure: every failure is told with its remedy") {
  constexpr auto kAcceptor = TlsRole::kAcceptor;
  constexpr auto kRequestor = TlsRole::kRequestor;
  struct Case {
    TlsFailure failure;
    const char* says;
  };
  const Case cases[] = {
      // other protocols
      {{.role = kAcceptor, .first_byte = 0x01},
       "speaks DICOM without TLS on the TLS port: switch TLS on at the caller, or let it call the "
       "plain port (node.port)"},
      {{.role = kAcceptor, .first_byte = 'G'}, "its first byte is 47"},
      {{.role = kRequestor, .first_byte = 0x07},
       "correct its port, or set tls = false in its [[peer]] section"},
      // certificates that we do not believe
      {{.role = kAcceptor, .reason = SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE},
       "showed no certificate: give it one that was signed by one of tls.authorities, or set "
       "tls.require_certificate = false"},
      {{.role = kAcceptor,
        .reason = SSL_R_CERTIFICATE_VERIFY_FAILED,
        .verify_error = X509_V_ERR_CERT_HAS_EXPIRED,
        .rejected = kScanner},
       "\"CN=scanner\" of the caller expired on 2021-03-04 00:00 UTC: have it renewed by "
       "\"CN=Clinic "
       "CA\""},
      {{.role = kRequestor,
        .reason = SSL_R_CERTIFICATE_VERIFY_FAILED,
        .verify_error = X509_V_ERR_CERT_NOT_YET_VALID,
        .rejected = kScanner},
       "of the peer is valid from 2020-01-02 00:00 UTC only: are the clocks"},
      {{.role = kAcceptor,
        .reason = SSL_R_CERTIFICATE_VERIFY_FAILED,
        .verify_error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        .rejected = kScanner},
       "was signed by \"CN=Clinic CA\", which is none of tls.authorities: if that is genuine, add"},
      {{.role = kAcceptor,
        .reason = SSL_R_CERTIFICATE_VERIFY_FAILED,
        .verify_error = X509_V_ERR_INVALID_PURPOSE,
        .rejected = kScanner},
       "was not made out for a TLS client"},
      {{.role = kAcceptor,
        .reason = SSL_R_CERTIFICATE_VERIFY_FAILED,
        .verify_error = X509_V_ERR_EE_KEY_TOO_SMALL,
        .rejected = kScanner},
       "is too weak: have it made with RSA of 2048 bits or more"},
      {{.role = kAcceptor,
        .reason = SSL_R_CERTIFICATE_VERIFY_FAILED,
        .verify_error = X509_V_ERR_CERT_REVOKED},
       "was not believed (certificate revoked)"},
      // what the other side says
      {{.role = kAcceptor, .reason = alert(SSL_AD_UNKNOWN_CA), .ours = kOurs},
       "install the certificate of \"CN=Our CA\" there"},
      {{.role = kRequestor, .reason = alert(SSL_AD_CERTIFICATE_REQUIRED)},
       "demands a certificate of ours: set tls.certificate and tls.private_key"},
      {{.role = kRequestor, .reason = alert(SSL_AD_HANDSHAKE_FAILURE)},
       "it may demand a certificate of ours"},
      {{.role = kRequestor, .reason = alert(SSL_AD_HANDSHAKE_FAILURE), .ours = kOurs},
       "no cipher suite in common"},
      {{.role = kRequestor, .reason = alert(SSL_AD_BAD_CERTIFICATE), .ours = kOurs},
       "refuses our certificate"},
      {{.role = kRequestor, .reason = alert(SSL_AD_CERTIFICATE_EXPIRED), .ours = kOurs},
       "says that our certificate has expired"},
      {{.role = kRequestor, .reason = alert(SSL_AD_PROTOCOL_VERSION)}, "neither TLS 1.2 nor 1.3"},
      {{.role = kAcceptor, .reason = alert(SSL_AD_USER_CANCELLED)}, "the caller ended TLS"},
      // no agreement
      {{.role = kAcceptor, .reason = SSL_R_UNSUPPORTED_PROTOCOL},
       "neither TLS 1.2 nor 1.3: update"},
      {{.role = kAcceptor, .reason = SSL_R_NO_SHARED_CIPHER}, "tls.profile = \"rfc7525\""},
      {{.role = kAcceptor, .reason = SSL_R_BAD_PACKET}, "does not speak TLS as it should"},
      // the connection ended
      {{.role = kRequestor, .ending = Ending::kPeerClosed}, "does the peer speak TLS at this port"},
      {{.role = kAcceptor, .ending = Ending::kPeerClosed},
       "does the caller accept our certificate"},
      {{.role = kAcceptor, .ending = Ending::kTimeout}, "did not come to its end (timeout)"},
      {{.role = kAcceptor, .ending = Ending::kTooMuch}, "(message too large)"},
  };
  for (const auto& c : cases) {
    const auto text = explain(c.failure);
    CHECK_MESSAGE(text.find(c.says) != std::string::npos, text);
  }
}
