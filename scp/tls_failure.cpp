#include "scp/tls_failure.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace hilum::scp {
namespace {

constexpr std::uint8_t kTlsAlert = 0x15;
constexpr std::uint8_t kTlsHandshake = 0x16;

/// "the caller" calls us, "the peer" is called.
std::string_view peer_of(const TlsFailure& failure) {
  return failure.role == TlsRole::kAcceptor ? "the caller" : "the peer";
}

std::string who_signed_us(const TlsFailure& failure) {
  return failure.ours ? failure.ours->issuer : "nobody";
}

std::string explain_other_protocol(const TlsFailure& failure) {
  if (failure.role == TlsRole::kRequestor) {
    return "the peer does not speak TLS at this port: correct its port, or set tls = false in its "
           "[[peer]] section";
  }
  constexpr std::uint8_t kAssociateRequest = 0x01;
  if (failure.first_byte == kAssociateRequest) {
    return "the caller speaks DICOM without TLS on the TLS port: switch TLS on at the caller, or "
           "let it call the plain port (node.port)";
  }
  return fmt::format(
      "the caller does not speak TLS: its first byte is {:02X}, that of a TLS handshake is 16; is "
      "it a port scanner or an HL7 sender?",
      *failure.first_byte);
}

std::string explain_rejected(const TlsFailure& failure) {
  const Certificate unknown{
      .subject = "?", .issuer = "?", .names = {}, .valid_from = {}, .valid_until = {}};
  const Certificate& certificate = failure.rejected ? *failure.rejected : unknown;
  const auto whose =
      fmt::format("the certificate \"{}\" of {}", certificate.subject, peer_of(failure));
  switch (failure.verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}: have it renewed by \"{}\"", whose,
                         moment_text(certificate.valid_until), certificate.issuer);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is valid from {} only: are the clocks of both computers right?", whose,
                         moment_text(certificate.valid_from));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return fmt::format(
          "{} was signed by \"{}\", which is none of tls.authorities: if that is genuine, add the "
          "certificate of \"{}\" to the file, or let {} send the intermediate certificates",
          whose, certificate.issuer, certificate.issuer, peer_of(failure));
    case X509_V_ERR_INVALID_PURPOSE:
      return fmt::format(
          "{} was not made out for a TLS {}: have it made with that extended key usage, or without "
          "any",
          whose, failure.role == TlsRole::kAcceptor ? "client" : "server");
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return fmt::format(
          "{} is too weak: have it made with RSA of 2048 bits or more, or an elliptic "
          "curve, and SHA-256",
          whose);
    default:
      return fmt::format("{} was not believed ({}): have it made anew by one of tls.authorities",
                         whose, ::X509_verify_cert_error_string(failure.verify_error));
  }
}

/// What the peer sent instead of going on (RFC 8446 6.2).
std::string explain_alert(const TlsFailure& failure, int alert) {
  const auto peer = peer_of(failure);
  const bool acceptor = failure.role == TlsRole::kAcceptor;
  switch (alert) {
    case SSL_AD_UNKNOWN_CA:
      return fmt::format(
          "{} does not know the authority that signed our certificate: install the "
          "certificate of \"{}\" there",
          peer, who_signed_us(failure));
    case SSL_AD_CERTIFICATE_EXPIRED:
      return fmt::format(
          "{} says that our certificate has expired: are the clocks of both computers "
          "right?",
          peer);
    case SSL_AD_CERTIFICATE_REQUIRED:
      return fmt::format(
          "{} demands a certificate of ours: set tls.certificate and tls.private_key", peer);
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_ACCESS_DENIED:
      return fmt::format(
          "{} refuses our certificate ({}): it must be one signed by an authority "
          "known there and made out to this computer's name",
          peer, ::SSL_alert_desc_string_long(alert));
    case SSL_AD_PROTOCOL_VERSION:
      return fmt::format("{} speaks neither TLS 1.2 nor 1.3: update it", peer);
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_INSUFFICIENT_SECURITY:
      if (!acceptor && !failure.ours) {
        return "the peer refuses the connection; it may demand a certificate of ours: set "
               "tls.certificate and tls.private_key";
      }
      return fmt::format(
          "{} has no cipher suite in common with us: update it; tls.profile = "
          "\"rfc7525\" has two more for older devices",
          peer);
    default:
      return fmt::format("{} ended TLS ({})", peer, ::SSL_alert_desc_string_long(alert));
  }
}

std::string explain_ending(const TlsFailure& failure) {
  const auto during =
      fmt::format("the TLS handshake did not come to its end ({})", to_string(failure.ending));
  if (failure.ending != Ending::kPeerClosed) return during;
  if (failure.role == TlsRole::kAcceptor) {
    return during +
           ": does the caller accept our certificate? Its log may say more; a port scanner "
           "does the same";
  }
  return during +
         ": does the peer speak TLS at this port (if not, correct its port, or set tls = "
         "false in its [[peer]] section), and does it accept our certificate? Its log may "
         "say more";
}

}  // namespace

std::string explain(const TlsFailure& failure) {
  const bool other_protocol = failure.first_byte && *failure.first_byte != kTlsHandshake &&
                              *failure.first_byte != kTlsAlert;
  if (other_protocol) return explain_other_protocol(failure);
  switch (failure.reason) {
    case 0:
      return explain_ending(failure);
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return explain_rejected(failure);
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return "the caller showed no certificate: give it one that was signed by one of "
             "tls.authorities, or set tls.require_certificate = false";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
      return fmt::format("{} speaks neither TLS 1.2 nor 1.3: update it", peer_of(failure));
    case SSL_R_NO_SHARED_CIPHER:
      return fmt::format(
          "{} has no cipher suite in common with us: update it; tls.profile = "
          "\"rfc7525\" has two more for older devices",
          peer_of(failure));
    default:
      break;
  }
  if (failure.reason > SSL_AD_REASON_OFFSET) {
    return explain_alert(failure, failure.reason - SSL_AD_REASON_OFFSET);
  }
  const char* text =
      ::ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, static_cast<unsigned>(failure.reason)));
  return fmt::format("{} does not speak TLS as it should ({})", peer_of(failure),
                     text != nullptr ? text : "no reason given");
}

}  // namespace hilum::scp
