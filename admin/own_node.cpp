#include "admin/own_node.h"

#include "admin/version.h"

namespace hilum::admin {
namespace {

dicomseg::ResultWriterOptions writer_options(int series_number) {
  return {.series_number = series_number, .equipment = {.software_version = kVersion}};
}

/// The main node as if it was a virtual one.
config::VirtualNodeConfig main_node(const config::Config& config) {
  return {.ae_title = config.node.ae_title,
          .node = VirtualNode(),
          .destinations = config.results.destinations,
          .series_number = config.results.series_number,
          .rules = config.rules,
          .classes = config.model.classes};
}

}  // namespace

OwnNode::OwnNode(const config::Config& config, const config::VirtualNodeConfig& own,
                 const SharedTls& tls)
    : node(own.node),
      rules(own.rules),
      destinations(peers_named(config, own.destinations)),
      profiles(profiles_of(config, destinations)),
      writer(writer_options(own.series_number)),
      sender(scu_options(config, own.ae_title, tls)),
      requester(commitment_options(config, own.ae_title, tls)) {}

std::list<OwnNode> own_nodes(const config::Config& config, const SharedTls& tls) {
  std::list<OwnNode> nodes;
  nodes.emplace_back(config, main_node(config), tls);
  for (const auto& one : config.virtual_nodes) nodes.emplace_back(config, one, tls);
  return nodes;
}

}  // namespace hilum::admin
