#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

// OpenSSL's certificate; its headers stay in the .cpp files.
struct x509_st;

namespace hilum::scp {

/// What is said about an X.509 certificate in logs and checked of it. Plain data.
struct Certificate {
  std::string subject;  ///< printable
  std::string issuer;   ///< printable
  /// Whom it was made out to: the DNS names and addresses of Subject Alternative Name or, without
  /// any, the Common Name (RFC 9525 calls that obsolete; devices still do it).
  std::vector<std::string> names;
  std::chrono::system_clock::time_point valid_from;
  std::chrono::system_clock::time_point valid_until;
};

Certificate describe(const x509_st& certificate);

/// Whether `name` is one of the certificate's, capital and small letters alike. A wildcard in the
/// certificate stands for itself only.
bool bears_name(const Certificate& certificate, std::string_view name);

/// Its names for a message: "a.example", "10.0.0.5".
std::string names_text(const Certificate& certificate);

/// A moment as it is written in messages: "2026-01-31 12:00 UTC".
std::string moment_text(std::chrono::system_clock::time_point moment);

}  // namespace hilum::scp
