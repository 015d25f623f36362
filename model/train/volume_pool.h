#pragma once

#include <cstdint>

namespace hilum::model::train {

/// Volumes that are kept for a while and replaced by and by, so that a generator that makes endless
/// volumes need not make one for every visit.
struct VolumePool {
  int slots = 0;   ///< volumes at a time; 0: no pool, every epoch visits every volume once
  int rounds = 6;  ///< visits to a volume before a new one takes its place
  bool operator==(const VolumePool&) const = default;
};

/// Which volume the n-th visit goes to, a pure function of the arguments.
///
/// Without a pool every epoch visits each of `volumes` once, in an order of its own. With one,
/// every round of `slots` visits goes to each slot once, in an order of its own; a slot's volume is
/// replaced every `rounds` rounds, the slots one after the other. Numbers start again at 0 behind
/// `volumes`.
int volume_of_visit(std::uint64_t seed, std::int64_t visit, int volumes,
                    const VolumePool& pool = {});

}  // namespace hilum::model::train
