#pragma once

#include <cstdint>
#include <vector>

#include "model/phantom/coverage.h"
#include "model/phantom/structure.h"
#include "model/phantom/tree.h"
#include "model/phantom/vascular_trees.h"

namespace hilum::phantom {

struct VesselPieces {
  std::vector<Piece> airway;
  std::vector<Piece> artery;
  std::vector<Piece> vein;
};

/// The trees of one patient as pieces; all of them wind with the same displacement.
VesselPieces vessel_pieces(const VascularTrees& trees, const BodyPlan& plan, std::uint64_t seed);

/// Gives arteries and veins oval cross-sections of up to this ratio of width to height (>= 1).
void flatten(double aspect, std::uint64_t seed, VesselPieces& pieces);

/// What the trees cover on the image grid.
struct VesselLayers {
  explicit VesselLayers(std::size_t voxels)
      : artery(voxels),
        vein(voxels),
        embolus(voxels),
        airway_wall(voxels),
        airway_lumen(voxels),
        label(voxels, 0) {}

  Coverage artery;
  Coverage vein;
  Coverage embolus;
  Coverage airway_wall;  ///< the lumen included
  Coverage airway_lumen;
  std::vector<std::uint8_t> label;
};

struct LabelRule {
  double smallest_mm;              ///< diameter of the thinnest branch that is labelled
  const ScalarField& left_atrium;  ///< veins end at its wall
};

/// Draws all vessels; labels those of the rule. A voxel is labelled when its centre lies inside a
/// vessel (at least half a voxel thick), or on the centreline of a thin one: without the second
/// rule thin vessels fall into dozens of pieces.
VesselLayers draw_vessels(const Lattice& grid, const VesselPieces& pieces, const BodyPlan& plan,
                          const LabelRule& rule);

/// Gives the unlabelled voxels inside the cones, but outside `hollow`, to `value`.
void label_tube(const Lattice& grid, const std::vector<Cone>& cones, const ScalarField& hollow,
                std::uint8_t value, std::vector<std::uint8_t>& label);

}  // namespace hilum::phantom
