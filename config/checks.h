#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/reader.h"
#include "pipeline/domain/peer.h"
#include "pipeline/domain/series.h"

/// What a value must be beyond its kind and range. Each function reports what is wrong to the
/// section it is given.
namespace hilum::config {

/// The name starts leases, where '/' ends it, and stands in log lines: letters, digits, '.', '_'
/// and '-'.
void check_node_name(Section& in, const std::string& name);
/// An IPv4 or IPv6 address in digits: a name could change its meaning while the node is running.
void check_numeric_address(Section& in, const std::string& key, const std::string& address);
/// auto, cpu, cuda, or cuda:N.
void check_device(Section& in, const std::string& device);
/// Regular expressions that compile.
void check_patterns(Section& in, const std::string& key, const std::vector<std::string>& patterns);
void read_orientations(Section& in, std::vector<SeriesFacts::Orientation>& orientations);

/// There is a port to listen on, and no two services on one.
void check_ports(Section& node, int port, int tls_port);
/// Every file is there that the others, the port, or a peer make necessary.
void check_tls(Section& in, const TlsConfig& tls, const std::vector<Peer>& peers);

/// A peer that is called needs a host.
void check_peer(Section& in, const Peer& peer);
/// A peer that is asked for what is missing can be called, and may send.
void check_query(Section& in, const Peer& peer);
/// A peer that is asked to keep results can be sent some.
void check_commitment(Section& in, const Peer& peer);
/// No two peers with one name, or with one address. `in[i]` is where `peers[i]` stands.
void check_unique(std::vector<Section> in, const std::vector<Peer>& peers);
/// Labels of classes in a list, each once. Whether there is such a class, the model knows.
void check_labels(Section& in, const std::vector<std::string>& labels);
/// No two classes with one label.
void check_unique(std::vector<Section> in, const std::vector<ClassConfig>& classes);
/// No two of our nodes with one AE title or name.
void check_unique(std::vector<Section> in, const std::vector<VirtualNodeConfig>& virtual_nodes,
                  const NodeConfig& main);
/// Destinations are peers that can be called, each once.
void check_destinations(Section& in, const std::vector<std::string>& destinations,
                        const std::vector<Peer>& peers);

}  // namespace hilum::config
