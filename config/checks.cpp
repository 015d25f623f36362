#include "config/checks.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>
#include <string_view>

#include "pipeline/domain/ip_network.h"

namespace hilum::config {
namespace {

constexpr std::string_view kLettersDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool only_has(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return kLettersDigits.find(c) != std::string_view::npos || more.find(c) != more.npos;
  });
}

bool is_compilable(const std::string& pattern) {
  // std::regex compiles recursively; nobody writes a longer pattern for 64 characters.
  constexpr std::size_t kLongest = 256;
  if (pattern.size() > kLongest) return false;
  try {
    const std::regex compiled(pattern, std::regex::ECMAScript | std::regex::icase);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

}  // namespace

void check_node_name(Section& in, const std::string& name) {
  constexpr std::size_t kLongest = 64;
  if (name.size() <= kLongest && only_has(name, "._-")) return;
  in.problem("name", fmt::format("is '{}'; allowed: up to {} letters, digits, '.', '_' and '-'",
                                 name, kLongest));
}

void check_numeric_address(Section& in, const std::string& key, const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  if (inet_pton(AF_INET, address.c_str(), parsed.data()) == 1) return;
  if (inet_pton(AF_INET6, address.c_str(), parsed.data()) == 1) return;
  in.problem(key, fmt::format("is '{}'; it must be a numeric address: 0.0.0.0 for all of this "
                              "computer's, :: with IPv6, or one of them",
                              address));
}

void check_device(Section& in, const std::string& device) {
  constexpr std::string_view kCuda = "cuda:";
  const bool numbered = device.starts_with(kCuda) && device.size() > kCuda.size() &&
                        device.size() <= kCuda.size() + 2 &&
                        device.find_first_not_of("0123456789", kCuda.size()) == device.npos;
  if (numbered || device == "auto" || device == "cpu" || device == "cuda") return;
  in.problem("device",
             fmt::format("is '{}'; allowed: auto, cpu, cuda, cuda:0, cuda:1, ...", device));
}

void check_patterns(Section& in, const std::string& key, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (is_compilable(pattern)) continue;
    in.problem(key, fmt::format("holds '{}', which is not a regular expression (ECMAScript, at "
                                "most 256 characters)",
                                pattern));
  }
}

void read_orientations(Section& in, std::vector<SeriesFacts::Orientation>& orientations) {
  using enum SeriesFacts::Orientation;
  constexpr std::array kAll{kAxial, kCoronal, kSagittal, kOblique};
  std::vector<std::string> names;
  names.reserve(orientations.size());
  for (const auto orientation : orientations) names.emplace_back(to_string(orientation));
  in.list("orientations", names);
  orientations.clear();
  for (const std::string& name : names) {
    const auto found = std::find_if(kAll.begin(), kAll.end(), [&](const auto orientation) {
      return to_string(orientation) == name;
    });
    if (found != kAll.end()) {
      orientations.push_back(*found);
    } else {
      in.problem("orientations",
                 fmt::format("holds '{}'; allowed: axial, coronal, sagittal, oblique", name));
    }
  }
}

void check_ports(Section& node, int port, int tls_port) {
  if (port == 0 && tls_port == 0) {
    node.problem("port", "is 0, and there is no tls.port: nobody could call this node");
  } else if (port == tls_port) {
    node.problem("port",
                 fmt::format("is {}, and so is tls.port; TLS needs a port of its own", port));
  }
}

void check_tls(Section& in, const TlsConfig& tls, const std::vector<Peer>& peers) {
  if (tls.certificate.empty() != tls.private_key.empty()) {
    in.problem(tls.certificate.empty() ? "certificate" : "private_key",
               "is missing; a certificate and its private key belong together");
  }
  if (tls.port != 0 && tls.certificate.empty() && tls.private_key.empty()) {
    in.problem("certificate", "is missing; callers of tls.port want to see one");
  }
  if (!tls.authorities.empty()) return;
  if (tls.port != 0 && tls.require_certificate) {
    in.problem("authorities",
               "is missing; callers must show a certificate that one of them signed "
               "(or set tls.require_certificate = false)");
  }
  for (const Peer& peer : peers) {
    if (!peer.tls || peer.port == 0) continue;
    in.problem("authorities",
               fmt::format("is missing; peer '{}' is called with tls = true, and one of them must "
                           "have signed its certificate",
                           peer.name));
  }
}

void check_peer(Section& in, const Peer& peer) {
  if (!peer.certificate_name.empty() && !peer.tls) {
    in.problem("certificate_name", "is looked at with tls = true only");
  }
  if (peer.port != 0 && peer.host.empty()) {
    in.problem("host", "is missing; a peer with a port is called there");
  }
  const bool is_range = peer.host == "*" || IpNetwork::parse(peer.host).has_value();
  if (is_range && peer.port != 0) {
    in.problem("host", fmt::format("is '{}' and port is {}; results can be sent to one host only: "
                                   "write its address, or leave the port out",
                                   peer.host, peer.port));
  }
  if (!is_range && !only_has(peer.host, ".-_:%")) {
    in.problem("host", fmt::format("is '{}'; it must be a host name, an address, a network as "
                                   "10.1.0.0/16, or *",
                                   peer.host));
  }
}

void check_query(Section& in, const Peer& peer) {
  if (peer.query == QueryMode::kOff) return;
  const bool is_range = peer.host == "*" || IpNetwork::parse(peer.host).has_value();
  if (peer.host.empty() || is_range || peer.port == 0) {
    in.problem("query",
               fmt::format("asks this peer for missing images, but its host is '{}' and its port "
                           "{}; write the host and the port on which it answers C-FIND",
                           peer.host, peer.port));
  }
  if (!peer.may_send) {
    in.problem("query",
               "is of no use with send = false: only a peer that sent a series is asked what is "
               "missing of it");
  }
}

void check_commitment(Section& in, const Peer& peer) {
  if (peer.commitment == CommitmentMode::kOff || peer.port != 0) return;
  in.problem("storage_commitment",
             "asks this peer whether it keeps its results, but it has no port to send them to; add "
             "host and port, or set storage_commitment = \"off\"");
}

void check_unique(std::vector<Section> in, const std::vector<Peer>& peers) {
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const Peer& peer = peers[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (!peer.name.empty() && peers[j].name == peer.name) {
        in[i].problem("name", fmt::format("'{}' is the name of the peer in line {} already",
                                          peer.name, in[j].line()));
      } else if (peers[j].ae_title == peer.ae_title && peers[j].host == peer.host &&
                 peers[j].port == peer.port) {
        in[i].problem("ae_title",
                      fmt::format("'{}' with the same host and port is the peer in line {} already",
                                  peer.ae_title.str(), in[j].line()));
      }
    }
  }
}

void check_labels(Section& in, const std::vector<std::string>& labels) {
  for (auto label = labels.begin(); label != labels.end(); ++label) {
    if (label->empty()) {
      in.problem("classes", "holds an empty label");
    } else if (std::find(labels.begin(), label, *label) != label) {
      in.problem("classes", fmt::format("holds '{}' twice", *label));
    }
  }
}

void check_unique(std::vector<Section> in, const std::vector<ClassConfig>& classes) {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (classes[i].label.empty() || classes[i].label != classes[j].label) continue;
      in[i].problem("label", fmt::format("'{}' is the label of the class in line {} already",
                                         classes[i].label, in[j].line()));
    }
  }
}

void check_unique(std::vector<Section> in, const std::vector<VirtualNodeConfig>& virtual_nodes,
                  const NodeConfig& main) {
  for (std::size_t i = 0; i < virtual_nodes.size(); ++i) {
    const VirtualNodeConfig& one = virtual_nodes[i];
    if (one.ae_title == main.ae_title) {
      in[i].problem("ae_title",
                    fmt::format("'{}' is that of [node] already; every node needs one of "
                                "its own",
                                one.ae_title.str()));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (virtual_nodes[j].ae_title == one.ae_title) {
        in[i].problem("ae_title", fmt::format("'{}' is that of the virtual node in line {} already",
                                              one.ae_title.str(), in[j].line()));
      } else if (virtual_nodes[j].node == one.node) {
        in[i].problem("name", fmt::format("'{}' is the name of the virtual node in line {} already",
                                          one.node.name(), in[j].line()));
      }
    }
  }
}

void check_destinations(Section& in, const std::vector<std::string>& destinations,
                        const std::vector<Peer>& peers) {
  for (auto name = destinations.begin(); name != destinations.end(); ++name) {
    const auto peer = std::find_if(peers.begin(), peers.end(),
                                   [&](const Peer& candidate) { return candidate.name == *name; });
    if (peer == peers.end()) {
      in.problem("destinations",
                 fmt::format("names '{}', but no [[peer]] has this name; add one, or write "
                             "destinations = [] to keep results on this node",
                             *name));
    } else if (peer->port == 0) {
      in.problem("destinations",
                 fmt::format("names '{}', which has no port; add one to this [[peer]]", *name));
    }
    if (std::find(destinations.begin(), name, *name) != name) {
      in.problem("destinations", fmt::format("names '{}' twice", *name));
    }
  }
}

}  // namespace hilum::config
