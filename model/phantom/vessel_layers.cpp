#include "model/phantom/vessel_layers.h"

#include <algorithm>
#include <limits>

#include "model/phantom/calibre.h"

namespace hilum::phantom {
namespace {

constexpr double kEmbolusShare = 0.8;  // of the radius

void cover(const Lattice& grid, const Cone& cone, double extra, Coverage& coverage) {
  const auto step = static_cast<float>(grid.step_mm);
  visit_cone(grid, cone, extra, [&](std::size_t voxel, float distance, float radius) {
    coverage.raise(voxel, edge_coverage(distance - radius, step) * thin_tube_factor(radius, step));
  });
}

/// Gives each voxel to the vessel whose surface it lies deepest under.
class Labeller {
 public:
  Labeller(const Lattice& grid, const LabelRule& rule, std::vector<std::uint8_t>& label)
      : grid_(grid), rule_(rule), label_(label), depth_(label.size(), kNone) {}

  void fill(const std::vector<Piece>& pieces, std::uint8_t left, std::uint8_t right) {
    const auto thinnest = static_cast<float>(0.5 * grid_.step_mm);
    for (const Piece& piece : pieces) {
      if (!labelled(piece)) continue;
      const std::uint8_t value = piece.side == Side::kLeft ? left : right;
      visit_cone(grid_, piece.shape, 0, [&](std::size_t voxel, float distance, float radius) {
        const float depth = distance - std::max(radius, thinnest);
        if (depth >= 0 || depth >= depth_[voxel]) return;
        depth_[voxel] = depth;
        label_[voxel] = value;
      });
    }
  }

  void connect(const std::vector<Piece>& pieces, std::uint8_t left, std::uint8_t right) {
    const double step = 0.3 * grid_.step_mm;
    for (const Piece& piece : pieces) {
      if (!labelled(piece) || piece.branch_radius_mm >= 0.75 * grid_.step_mm) continue;
      const Vec along = piece.shape.b - piece.shape.a;
      const int count = static_cast<int>(length(along) / step) + 1;
      for (int k = 0; k <= count; ++k) {
        const Vec p = piece.shape.a + along * (static_cast<double>(k) / count);
        std::size_t voxel = 0;
        if (grid_.nearest(p, voxel) && label_[voxel] == 0) {
          label_[voxel] = piece.side == Side::kLeft ? left : right;
        }
      }
    }
  }

 private:
  static constexpr float kNone = std::numeric_limits<float>::max();
  [[nodiscard]] bool labelled(const Piece& piece) const {
    return 2 * piece.branch_radius_mm >= rule_.smallest_mm;
  }

  const Lattice& grid_;
  const LabelRule& rule_;
  std::vector<std::uint8_t>& label_;
  std::vector<float> depth_;  ///< below the surface, negative
};

/// Vein roots start inside the atrium, which is no vein.
void clip_at_atrium(const Lattice& grid, const ScalarField& left_atrium,
                    std::vector<std::uint8_t>& label) {
  constexpr float kWallMm = 0.5;
  RowSampler rows(left_atrium.lattice(), grid);
  std::vector<float> row(static_cast<std::size_t>(grid.nx));
  for (int z = 0; z < grid.nz; ++z) {
    for (int y = 0; y < grid.ny; ++y) {
      std::uint8_t* line = &label[grid.index(0, y, z)];
      if (std::none_of(line, line + grid.nx, [](std::uint8_t v) { return v != 0; })) continue;
      rows.sample(left_atrium, y, z, row);
      for (std::size_t x = 0; x < row.size(); ++x) {
        if ((line[x] == kLeftVein || line[x] == kRightVein) && row[x] < kWallMm) line[x] = 0;
      }
    }
  }
}

}  // namespace

VesselPieces vessel_pieces(const VascularTrees& trees, const BodyPlan& plan, std::uint64_t seed) {
  constexpr double kSmallestLumenMm = 0.6;
  Rng rng(seed, "winding");
  const SmoothField displacement({40, 26, 90, 0.9}, rng);
  const Winding winding{displacement, plan.tortuosity};
  return {pieces_of(trees.airway, winding, kSmallestLumenMm), pieces_of(trees.artery, winding, 0),
          pieces_of(trees.vein, winding, 0)};
}

void flatten(double aspect, std::uint64_t seed, VesselPieces& pieces) {
  Rng rng(seed, "oval vessels");
  const SmoothField direction({6, 20, 80, 1.0}, rng);
  for (std::vector<Piece>* tree : {&pieces.artery, &pieces.vein}) {
    for (Piece& piece : *tree) {
      const Vec axis = unit(piece.shape.b - piece.shape.a);
      const Vec across = perpendicular_to(axis, unit(direction.at(piece.shape.a)));
      const double share = length(across);  // fades where the direction is that of the vessel
      if (share < 1e-3) continue;
      piece.shape.oval = {1 + (aspect - 1) * share, across * (1 / share)};
    }
  }
}

VesselLayers draw_vessels(const Lattice& grid, const VesselPieces& pieces, const BodyPlan& plan,
                          const LabelRule& rule) {
  VesselLayers layers(grid.count());
  for (const Piece& piece : pieces.artery) {
    cover(grid, piece.shape, 0, layers.artery);
    if (!piece.embolus) continue;
    Cone core = piece.shape;
    core.radius_a *= kEmbolusShare;
    core.radius_b *= kEmbolusShare;
    cover(grid, core, 0, layers.embolus);
  }
  for (const Piece& piece : pieces.vein) cover(grid, piece.shape, 0, layers.vein);
  for (const Piece& piece : pieces.airway) {
    const double radius = 0.5 * (piece.shape.radius_a + piece.shape.radius_b);
    cover(grid, piece.shape, 0, layers.airway_lumen);
    cover(grid, piece.shape, bronchus_wall_mm(radius, plan.bronchus_wall), layers.airway_wall);
  }
  Labeller labeller(grid, rule, layers.label);
  labeller.fill(pieces.artery, kLeftArtery, kRightArtery);
  labeller.fill(pieces.vein, kLeftVein, kRightVein);
  labeller.connect(pieces.artery, kLeftArtery, kRightArtery);
  labeller.connect(pieces.vein, kLeftVein, kRightVein);
  clip_at_atrium(grid, rule.left_atrium, layers.label);
  return layers;
}

void label_tube(const Lattice& grid, const std::vector<Cone>& cones, const ScalarField& hollow,
                std::uint8_t value, std::vector<std::uint8_t>& label) {
  std::vector<std::size_t> voxels;
  for (const Cone& cone : cones) {
    visit_cone(grid, cone, 0, [&](std::size_t voxel, float distance, float radius) {
      if (distance < radius && label[voxel] == 0) voxels.push_back(voxel);
    });
  }
  const auto nx = static_cast<std::size_t>(grid.nx);
  const auto ny = static_cast<std::size_t>(grid.ny);
  for (const std::size_t voxel : voxels) {
    const Vec p = grid.at(static_cast<int>(voxel % nx), static_cast<int>(voxel / nx % ny),
                          static_cast<int>(voxel / nx / ny));
    if (hollow.at(p) > 0) label[voxel] = value;
  }
}

}  // namespace hilum::phantom
