#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace hilum::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&::X509_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("certificates: ") + what);
}

Key make_key(int rsa_bits) {
  return {rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(rsa_bits)) : EVP_EC_gen("P-256"),
          &::EVP_PKEY_free};
}

void add_extension(X509& certificate, X509& issuer, int id, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context{};
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  must(extension != nullptr, value.c_str());
  ::X509_add_ext(&certificate, extension, -1);
  ::X509_EXTENSION_free(extension);
}

void set_time(ASN1_TIME* time, int days) {
  must(::X509_time_adj_ex(time, days, 0, nullptr) != nullptr, "time");
}

/// Without issuer and signature.
X509Ptr make_certificate(const Wanted& wanted, EVP_PKEY& key) {
  static long serial = 1000;
  X509Ptr certificate(::X509_new(), &::X509_free);
  ::X509_set_version(certificate.get(), X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), ++serial);
  set_time(::X509_getm_notBefore(certificate.get()), wanted.valid_from_days);
  set_time(::X509_getm_notAfter(certificate.get()), wanted.valid_until_days);
  must(::X509_set_pubkey(certificate.get(), &key) == 1, "public key");
  X509_NAME* subject = ::X509_get_subject_name(certificate.get());
  must(::X509_NAME_add_entry_by_txt(
           subject, "CN", MBSTRING_UTF8,
           reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1, -1, 0) == 1,
       "name");
  return certificate;
}

void sign(X509& certificate, EVP_PKEY& key) {
  must(::X509_sign(&certificate, &key, ::EVP_sha256()) > 0, "sign");
}

void write_certificate(const std::filesystem::path& file, X509& certificate, const char* mode) {
  const File out(std::fopen(file.c_str(), mode), &std::fclose);
  must(out != nullptr && ::PEM_write_X509(out.get(), &certificate) == 1, file.c_str());
}

void write_key(const std::filesystem::path& file, const EVP_PKEY& key) {
  {
    const File out(std::fopen(file.c_str(), "w"), &std::fclose);
    must(out != nullptr && ::PEM_write_PKCS8PrivateKey(out.get(), &key, nullptr, nullptr, 0,
                                                       nullptr, nullptr) == 1,
         file.c_str());
  }
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
}

}  // namespace

struct TestAuthority::Impl {
  Impl(const std::string& name, const Impl* above)
      : key(make_key(0)),
        certificate(make_certificate({.common_name = name}, *key)),
        is_root(above == nullptr) {
    const Impl& issuer = above != nullptr ? *above : *this;
    ::X509_set_issuer_name(certificate.get(), ::X509_get_subject_name(issuer.certificate.get()));
    add_extension(*certificate, *issuer.certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(*certificate, *issuer.certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(*certificate, *issuer.certificate, NID_subject_key_identifier, "hash");
    sign(*certificate, *issuer.key);
  }
  Key key;
  X509Ptr certificate;
  bool is_root;
};

TestAuthority::TestAuthority(std::filesystem::path dir, std::string name)
    : dir_(std::move(dir)), name_(std::move(name)), impl_(std::make_unique<Impl>(name_, nullptr)) {
  write_certificate(certificate(), *impl_->certificate, "w");
}

TestAuthority::TestAuthority(std::filesystem::path dir, std::string name,
                             const TestAuthority& above)
    : dir_(std::move(dir)),
      name_(std::move(name)),
      impl_(std::make_unique<Impl>(name_, above.impl_.get())) {
  write_certificate(certificate(), *impl_->certificate, "w");
}

TestAuthority::~TestAuthority() = default;

CertificateFiles TestAuthority::issue(const std::string& name, const Wanted& wanted) const {
  const CertificateFiles files{dir_ / (name + ".pem"), dir_ / (name + ".key")};
  const Key key = make_key(wanted.rsa_bits);
  must(key != nullptr, "key");
  const X509Ptr leaf = make_certificate(wanted, *key);
  ::X509_set_issuer_name(leaf.get(), ::X509_get_subject_name(impl_->certificate.get()));
  add_extension(*leaf, *impl_->certificate, NID_subject_alt_name, wanted.alternative_names);
  add_extension(*leaf, *impl_->certificate, NID_ext_key_usage, wanted.extended_key_usage);
  sign(*leaf, *impl_->key);
  write_certificate(files.certificate, *leaf, "w");
  if (!impl_->is_root) write_certificate(files.certificate, *impl_->certificate, "a");
  write_key(files.key, *key);
  return files;
}

}  // namespace hilum::test
