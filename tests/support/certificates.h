#pragma once

#include <filesystem>
#include <memory>
#include <string>

// OpenSSL's; its headers stay in the .cpp file.
struct evp_pkey_st;
struct x509_st;

namespace hilum::test {

/// A certificate and its private key, PEM files.
struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// A certificate to be made.
struct Wanted {
  std::string common_name = "somebody";
  std::string alternative_names{};   ///< as OpenSSL writes them: "DNS:a.example,IP:10.0.0.5"
  std::string extended_key_usage{};  ///< "clientAuth"; empty: none
  int valid_from_days = -1;          ///< from now
  int valid_until_days = 365;        ///< from now
  int rsa_bits = 0;                  ///< 0: an elliptic curve, which takes no time to make
};

/// Signs certificates for tests. Throws when OpenSSL fails.
class TestAuthority {
 public:
  /// Its files lie in `dir`, named by `name`, which is its common name as well.
  TestAuthority(std::filesystem::path dir, std::string name);
  /// An intermediate one, signed by `above`.
  TestAuthority(std::filesystem::path dir, std::string name, const TestAuthority& above);
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  [[nodiscard]] std::filesystem::path certificate() const { return dir_ / (name_ + ".pem"); }
  /// Files `name`.pem and `name`.key beside its own.
  [[nodiscard]] CertificateFiles issue(const std::string& name, const Wanted& wanted = {}) const;

 private:
  struct Impl;
  std::filesystem::path dir_;
  std::string name_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hilum::test
