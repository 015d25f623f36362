#include "pipeline/routes.h"

#include <fmt/format.h>

#include <algorithm>

namespace hilum::pipeline {

Result<const Route*> route_of(const Routes& routes, const Job& job) {
  const auto route = routes.find(job.series.node);
  if (route != routes.end()) return &route->second;
  return Error{ErrorCode::kNotFound,
               fmt::format("virtual node {} is not in the configuration any more; add a "
                           "[[virtual_node]] with this name and retry job {}",
                           job.series.node.name(), job.id)};
}

Result<Way> way_of(const Routes& routes, const Job& job, const std::string& destination) {
  auto route = route_of(routes, job);
  if (!route) return std::move(route).error();
  const auto& peers = (*route)->destinations;
  const auto peer = std::ranges::find(peers, destination, &Peer::name);
  if (peer != peers.end()) return Way{*route, &*peer};
  const VirtualNode& node = job.series.node;
  return Error{ErrorCode::kNotFound,
               fmt::format("destination '{}' is not in the configuration any more; add it to {} "
                           "and retry job {}",
                           destination,
                           node.is_main() ? std::string("results.destinations")
                                          : "destinations of virtual node " + node.name(),
                           job.id)};
}

}  // namespace hilum::pipeline
