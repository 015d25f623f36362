#include "scp/association_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "pipeline/domain/ip_network.h"

namespace hilum::scp {
namespace {

constexpr std::string_view kApplicationContext = "1.2.840.10008.3.1.1.1";  // PS3.7 A.2.1

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string unknown_caller(const std::string& calling, const std::string& address) {
  return fmt::format(
      "calling AE \"{}\" from {} is not a known peer; to allow it add to the configuration: "
      "[[peer]] name = \"{}\" ae_title = \"{}\" host = \"{}\"",
      calling, address, lower_case(calling), calling, address);
}

std::string wrong_address(const KnownPeer& peer, const std::string& address) {
  return fmt::format(
      "peer \"{}\" (AE \"{}\") called from {}, but its host is {}; if the call was genuine set "
      "host = \"{}\" (or \"*\" for any address) in its [[peer]] section",
      peer.name, peer.ae_title.str(), address, peer.host, address);
}

std::optional<Rejection> check_called(const AssociationRequest& request,
                                      const PolicyOptions& options) {
  if (options.called_ae == CalledAeCheck::kOff) return {};
  const auto called = AeTitle::parse(request.called_ae);
  if (called && *called == options.ae_title) return {};
  return Rejection{
      kCalledAeNotRecognized,
      fmt::format("\"{}\" from {} called AE \"{}\", but this node is \"{}\"; correct the called AE "
                  "title at the caller (case matters) or change ae_title here",
                  printable(request.calling_ae), request.peer_address, printable(request.called_ae),
                  options.ae_title.str())};
}

bool has_address(const KnownPeer& peer, const std::string& address) {
  return std::ranges::any_of(peer.addresses, [&](const std::string& known) {
    if (known == address || known == kAnyAddress) return true;
    const auto network = IpNetwork::parse(known);
    return network && network->contains(address);
  });
}

std::optional<Rejection> check_caller(const AssociationRequest& request,
                                      std::span<const KnownPeer> peers) {
  const std::string shown = printable(request.calling_ae);
  const auto calling = AeTitle::parse(request.calling_ae);
  // Several peers may share an AE title; any of them with the right address is enough.
  const KnownPeer* same_title = nullptr;
  const KnownPeer* match = nullptr;
  for (const auto& peer : peers) {
    if (!calling || peer.ae_title != *calling) continue;
    if (same_title == nullptr) same_title = &peer;
    if (!has_address(peer, request.peer_address)) continue;
    if (match == nullptr || peer.may_send) match = &peer;
  }
  if (match != nullptr && match->may_send) return {};
  std::string explanation;
  if (match != nullptr) {
    explanation = fmt::format(
        "peer \"{}\" (AE \"{}\") may not send to this node; to allow it set may_send = true in its "
        "[[peer]] section",
        match->name, shown);
  } else if (same_title != nullptr) {
    explanation = wrong_address(*same_title, request.peer_address);
  } else {
    explanation = unknown_caller(shown, request.peer_address);
  }
  return Rejection{kCallingAeNotRecognized, std::move(explanation)};
}

}  // namespace

bool means_any_address(std::string_view host) {
  return host.empty() || host == kAnyAddress || host == "any";
}

std::optional<Rejection> decide(const AssociationRequest& request, const PolicyOptions& options,
                                std::span<const KnownPeer> peers) {
  if (printable(request.application_context) != kApplicationContext) {
    return Rejection{kContextNameNotSupported,
                     fmt::format("\"{}\" from {} proposed application context {}, which is not "
                                 "DICOM's; is the caller a DICOM system?",
                                 printable(request.calling_ae), request.peer_address,
                                 printable(request.application_context))};
  }
  if (auto rejected = check_called(request, options)) return rejected;
  if (options.peer_check == PeerCheck::kOff) return {};
  return check_caller(request, peers);
}

std::string printable(std::string_view raw) {
  constexpr std::size_t kLongest = 64;
  while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0')) raw.remove_suffix(1);
  while (!raw.empty() && raw.front() == ' ') raw.remove_prefix(1);
  std::string text(raw.substr(0, kLongest));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; }, '?');
  return text;
}

}  // namespace hilum::scp
