#include "model/phantom/lymph_nodes.h"

#include <iterator>

namespace hilum::phantom {
namespace {

/// Template mm; numbers as in the IASLC map (PMID 19357537).
constexpr Vec kStations[] = {
    {-15, -6, 34},   // 2R, 4R: right paratracheal
    {-18, -4, 14},   //
    {14, 0, 22},     // 4L: left paratracheal
    {12, -20, 8},    // 5: aortopulmonary
    {-6, -42, 24},   // 3A: prevascular
    {2, 10, -20},    // 7: subcarinal
    {-4, 14, -34},   //
    {4, 26, -78},    // 8: beside the oesophagus
    {-32, 0, -22},   // 10R, 11R: right hilum
    {-40, 8, -36},   //
    {-46, -2, -14},  //
    {40, 0, -16},    // 10L, 11L: left hilum
    {50, 12, -34},   //
    {54, 4, -14},    //
};

}  // namespace

Solids draw_lymph_nodes(const Anatomy& anatomy, const TissueHu& tissue, int count,
                        const Lattice& grid, Rng& rng) {
  constexpr double kStationSd = 4;
  constexpr int kStationCount = static_cast<int>(std::size(kStations));
  Solids nodes(grid);
  const double enhancement = tissue.phase == Phase::kNonContrast ? 0 : 25;
  for (int k = 0; k < count; ++k) {
    const Vec station = kStations[rng.index(kStationCount)] + rng.normal_vec(kStationSd);
    const double radius = rng.log_uniform(2.5, 9);
    const Vec half_length = rng.direction() * (radius * rng.uniform(0.1, 0.9));
    const Vec centre = anatomy.frame.to_patient(station);
    const double hu = tissue.muscle + rng.uniform(-15, 10) + enhancement * rng.uniform();
    nodes.add({centre - half_length, centre + half_length, radius, radius}, hu);
  }
  return nodes;
}

}  // namespace hilum::phantom
