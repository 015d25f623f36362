#pragma once

#include <map>
#include <string>
#include <vector>

#include "pipeline/domain/commitment.h"
#include "pipeline/domain/ports.h"
#include "pipeline/process_series.h"

namespace hilum::pipeline {

/// How one of our nodes works, and where its results go. `tools` has the profile of every
/// destination.
struct Route {
  SeriesTools tools;
  ResultSender& sender;
  std::vector<Peer> destinations;
  CommitmentRequester* requester = nullptr;  ///< null: no destination is asked to commit
};
using Routes = std::map<VirtualNode, Route>;

/// kNotFound, with what to put back, when the configuration does not have it any more.
Result<const Route*> route_of(const Routes& routes, const Job& job);

/// The way of a delivery; what it points to belongs to the routes.
struct Way {
  const Route* route;
  const Peer* destination;
};
/// Likewise.
Result<Way> way_of(const Routes& routes, const Job& job, const std::string& destination);

}  // namespace hilum::pipeline
