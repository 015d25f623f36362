#include "scp/certificate.h"

#include <arpa/inet.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include "scp/association_policy.h"

namespace hilum::scp {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&::BIO_free)>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, decltype(&::GENERAL_NAMES_free)>;

std::string text_of(const X509_NAME* name) {
  const BioPtr out(::BIO_new(::BIO_s_mem()), &::BIO_free);
  if (!out || ::X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return "?";
  char* bytes = nullptr;
  const long size = ::BIO_get_mem_data(out.get(), &bytes);
  return printable({bytes, static_cast<std::size_t>(size)});
}

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(::ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(::ASN1_STRING_length(string))};
}

/// A name fit for logs that is the very one of the certificate or, with '?' in it, no host's: what
/// is compared must not be cut or trimmed.
std::string name_text(std::string_view bytes) {
  constexpr std::size_t kLongestDnsName = 253;
  if (bytes.size() > kLongestDnsName) return {};
  std::string text(bytes);
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; }, '?');
  return text;
}

/// Numeric, or nothing for a length that no address has.
std::string address_text(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (family == AF_INET6 && bytes.size() != sizeof(in6_addr)) return {};
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

std::vector<std::string> alternative_names(const X509& certificate) {
  std::vector<std::string> names;
  const NamesPtr entries(static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(
                             &certificate, NID_subject_alt_name, nullptr, nullptr)),
                         &::GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(entries.get()); ++i) {
    const GENERAL_NAME* entry = sk_GENERAL_NAME_value(entries.get(), i);
    if (entry->type == GEN_DNS) names.push_back(name_text(bytes_of(entry->d.dNSName)));
    if (entry->type == GEN_IPADD) names.push_back(address_text(bytes_of(entry->d.iPAddress)));
  }
  std::erase(names, "");
  return names;
}

std::vector<std::string> common_names(const X509_NAME* subject) {
  std::vector<std::string> names;
  for (int at = ::X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0;
       at = ::X509_NAME_get_index_by_NID(subject, NID_commonName, at)) {
    names.push_back(
        name_text(bytes_of(::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(subject, at)))));
  }
  std::erase(names, "");
  return names;
}

std::chrono::system_clock::time_point moment_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

Certificate describe(const x509_st& certificate) {
  const X509_NAME* subject = ::X509_get_subject_name(&certificate);
  auto names = alternative_names(certificate);
  if (names.empty()) names = common_names(subject);
  return {.subject = text_of(subject),
          .issuer = text_of(::X509_get_issuer_name(&certificate)),
          .names = std::move(names),
          .valid_from = moment_of(::X509_get0_notBefore(&certificate)),
          .valid_until = moment_of(::X509_get0_notAfter(&certificate))};
}

bool bears_name(const Certificate& certificate, std::string_view name) {
  return std::ranges::any_of(certificate.names,
                             [&](const std::string& known) { return same_letters(known, name); });
}

std::string names_text(const Certificate& certificate) {
  std::string text;
  for (const auto& name : certificate.names) {
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", name);
  }
  return text.empty() ? "nobody" : text;
}

std::string moment_text(std::chrono::system_clock::time_point moment) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(moment)));
}

}  // namespace hilum::scp
