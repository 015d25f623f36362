#include "scp/association_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

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
  if (calling.empty()) {
    return fmt::format(
        "a caller from {} states no AE title of its own; set one at the caller, then "
        "add a [[peer]] with it to the configuration",
        address);
  }
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

std::string own_titles(const PolicyOptions& options) {
  std::string titles = '"' + options.ae_title.str() + '"';
  for (const auto& more : options.virtual_titles) {
    titles += ", \"" + more.ae_title.str() + '"';
  }
  return titles;
}

/// Why a peer is not let in over this connection, and what to do; nothing: it is.
std::optional<std::string> insecurity(const KnownPeer& peer, const AssociationRequest& request) {
  const auto who = fmt::format("peer \"{}\" (AE \"{}\")", peer.name, peer.ae_title.str());
  if (peer.least_security == Security::kTls && request.security != Security::kTls) {
    return fmt::format(
        "{} called from {} without TLS; switch TLS on at the caller and let it call the TLS port "
        "(tls.port), or set tls = false in its [[peer]] section",
        who, request.peer_address);
  }
  if (peer.certificate_name.empty()) return {};
  if (!request.certificate) {
    return fmt::format(
        "{} showed no certificate, but certificate_name of its [[peer]] section is "
        "\"{}\"; give the caller such a certificate",
        who, peer.certificate_name);
  }
  if (bears_name(*request.certificate, peer.certificate_name)) return {};
  return fmt::format(
      "{} showed a certificate made out to {}, not to \"{}\"; if the call was genuine correct "
      "certificate_name in its [[peer]] section",
      who, names_text(*request.certificate), peer.certificate_name);
}

/// Which of our nodes is called; nothing when no title of ours is.
std::optional<VirtualNode> called_node(const AssociationRequest& request,
                                       const PolicyOptions& options) {
  const auto called = AeTitle::parse(request.called_ae);
  if (!called) return {};
  if (*called == options.ae_title) return VirtualNode();
  const auto& titles = options.virtual_titles;
  const auto found = std::ranges::find(titles, *called, &VirtualTitle::ae_title);
  return found == titles.end() ? std::optional<VirtualNode>() : found->node;
}

Rejection wrong_title(const AssociationRequest& request, const PolicyOptions& options) {
  return {kCalledAeNotRecognized,
          fmt::format("\"{}\" from {} called AE \"{}\", but this node is {}; correct the called AE "
                      "title at the caller (case matters), change node.ae_title or add a "
                      "[[virtual_node]] here, or set network.check_called_ae = false",
                      printable(request.calling_ae), request.peer_address,
                      printable(request.called_ae), own_titles(options))};
}

bool has_address(const KnownPeer& peer, const std::string& address) {
  return std::ranges::any_of(peer.addresses, [&](const std::string& known) {
    if (known == address || known == kAnyAddress) return true;
    const auto network = IpNetwork::parse(known);
    return network && network->contains(address);
  });
}

/// Whether a peer may come for what it wants. One that only takes results may report on them.
bool may_come_for(const KnownPeer& peer, Purpose purpose) {
  return peer.may_send || purpose == Purpose::kReports;
}

/// What is known of a caller.
struct Caller {
  const KnownPeer* match = nullptr;       ///< title and address are this peer's
  const KnownPeer* same_title = nullptr;  ///< at least the title is
};

/// Of several peers of one title and address, the one that lets the caller in counts, or else the
/// one that comes nearest to it.
int fitness(const KnownPeer& peer, const AssociationRequest& request) {
  if (!may_come_for(peer, request.purpose)) return 0;
  return insecurity(peer, request) ? 1 : 2;
}

Caller find_caller(const AssociationRequest& request, std::span<const KnownPeer> peers) {
  Caller caller;
  const auto calling = AeTitle::parse(request.calling_ae);
  // Several peers may share an AE title; any of them with the right address is enough.
  for (const auto& peer : peers) {
    if (!calling || peer.ae_title != *calling) continue;
    if (caller.same_title == nullptr) caller.same_title = &peer;
    if (!has_address(peer, request.peer_address)) continue;
    if (caller.match == nullptr || fitness(peer, request) > fitness(*caller.match, request)) {
      caller.match = &peer;
    }
  }
  return caller;
}

Rejection not_let_in(const AssociationRequest& request, const Caller& caller) {
  const std::string shown = printable(request.calling_ae);
  std::string explanation;
  if (caller.match != nullptr) {
    explanation = fmt::format(
        "peer \"{}\" (AE \"{}\") may not send to this node; to allow it set send = true in its "
        "[[peer]] section",
        caller.match->name, shown);
  } else if (caller.same_title != nullptr) {
    explanation = wrong_address(*caller.same_title, request.peer_address);
  } else {
    explanation = unknown_caller(shown, request.peer_address);
  }
  return {kCallingAeNotRecognized, std::move(explanation)};
}

}  // namespace

bool means_any_address(std::string_view host) {
  return host.empty() || host == kAnyAddress || host == "any";
}

std::variant<Admission, Rejection> decide(const AssociationRequest& request,
                                          const PolicyOptions& options,
                                          std::span<const KnownPeer> peers) {
  if (printable(request.application_context) != kApplicationContext) {
    return Rejection{kContextNameNotSupported,
                     fmt::format("\"{}\" from {} proposed application context {}, which is not "
                                 "DICOM's; is the caller a DICOM system?",
                                 printable(request.calling_ae), request.peer_address,
                                 printable(request.application_context))};
  }
  const auto node = called_node(request, options);
  if (!node && options.called_ae == CalledAeCheck::kRequired) return wrong_title(request, options);
  const Caller caller = find_caller(request, peers);
  const bool may_come = caller.match != nullptr && may_come_for(*caller.match, request.purpose);
  if (!may_come && options.peer_check == PeerCheck::kKnownOnly) return not_let_in(request, caller);
  // Also where anybody may come: what says that it is this peer has to prove it.
  if (may_come) {
    if (auto trouble = insecurity(*caller.match, request)) {
      return Rejection{kNoReasonGiven, *std::move(trouble)};
    }
  }
  Admission admission{.node = node.value_or(VirtualNode()),
                      .peer = {},
                      .max_associations = options.max_unknown_associations};
  if (caller.match != nullptr) {
    admission.peer = caller.match->name;
    admission.max_associations = caller.match->max_associations;
  }
  return admission;
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
