#include "model/phantom/depth_profile.h"

#include <algorithm>

#include "model/phantom/scalar_field.h"

namespace hilum::phantom {

DepthProfile depth_profile(const Phantom& phantom) {
  constexpr std::array<double, 4> kBoundsMm{6, 12, 20, 30};
  constexpr int kVesselHu = -500;
  const Geometry& g = phantom.ct.geometry;
  ScalarField depth({g.size[2], g.size[1], g.size[0], g.step_mm(0)[0], {}}, 0);
  for (std::size_t i = 0; i < phantom.lung.size(); ++i) {
    depth.values()[i] = phantom.lung[i] != 0 ? kFar : 0;
  }
  to_distance(depth);
  DepthProfile bright{};
  DepthProfile all{};
  for (std::size_t i = 0; i < phantom.lung.size(); ++i) {
    const double mm = depth.values()[i];
    const auto above = std::ranges::upper_bound(kBoundsMm, mm);
    if (above == kBoundsMm.begin() || above == kBoundsMm.end()) continue;
    const auto band = static_cast<std::size_t>(above - kBoundsMm.begin()) - 1;
    all[band] += 1;
    bright[band] += phantom.ct.hu[i] > kVesselHu ? 1 : 0;
  }
  for (std::size_t band = 0; band < 3; ++band) bright[band] *= 100 / std::max(1.0, all[band]);
  return bright;
}

}  // namespace hilum::phantom
