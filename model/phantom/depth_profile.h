#pragma once

#include <array>

#include "model/phantom/phantom.h"

namespace hilum::phantom {

/// Share in percent of lung voxels above -500 HU at 6-12, 12-20 and 20-30 mm below the lung's
/// border: how vessels thin out towards the pleura, in a measure that real CT has, too.
using DepthProfile = std::array<double, 3>;

/// For patients without disease; needs cubic voxels.
DepthProfile depth_profile(const Phantom& phantom);

/// The first over the last; .8 to 1.4 in real CT (README.md).
inline double rim_to_centre(const DepthProfile& profile) { return profile[0] / profile[2]; }

}  // namespace hilum::phantom
