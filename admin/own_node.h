#pragma once

#include <list>
#include <vector>

#include "admin/wiring.h"
#include "config/config.h"
#include "dicomseg/result_writer.h"
#include "scp/commitment_scu.h"
#include "scp/store_scu.h"

namespace hilum::admin {

/// One of our nodes, the main or a virtual one: what it does with a series that its rules take.
struct OwnNode {
  OwnNode(const config::Config& config, const config::VirtualNodeConfig& own, const SharedTls& tls);

  VirtualNode node;
  config::RulesConfig rules;
  std::vector<Peer> destinations;
  std::vector<ViewerProfile> profiles;
  dicomseg::DcmResultWriter writer;
  scp::StoreScu sender;
  scp::CommitmentScu requester;
};

/// The main node first. A list: what is in it stays where it is.
std::list<OwnNode> own_nodes(const config::Config& config, const SharedTls& tls);

}  // namespace hilum::admin
