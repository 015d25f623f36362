#pragma once

#include <string>
#include <vector>

#include "config/reader.h"
#include "pipeline/domain/findings.h"
#include "pipeline/domain/peer.h"
#include "pipeline/domain/viewer_profile.h"

/// What destinations get (`[[profile]]`), and what keeps a result from them (`results.hold`).
namespace hilum::config {

/// Every `[[profile]]`. When none of them is called "standard", the built-in one comes first.
std::vector<ViewerProfile> read_profiles(const std::vector<Section>& in);

/// Every profile that a peer names is there. `in[i]` is where `peers[i]` stands.
void check_profiles(std::vector<Section> in, const std::vector<Peer>& peers,
                    const std::vector<ViewerProfile>& profiles);

/// results.hold: a list of doubts by their names.
void read_hold(Section& in, std::vector<DoubtKind>& hold);

}  // namespace hilum::config
