#pragma once

#include <cstdint>
#include <vector>

#include "model/phantom/anatomy.h"
#include "model/phantom/coverage.h"
#include "model/phantom/tissue.h"

namespace hilum::phantom {

/// Structures drawn as cones with a density each; the fullest one wins a voxel. Takes memory when
/// the first one is added.
class Solids {
 public:
  explicit Solids(const Lattice& grid) : grid_(grid) {}

  /// `structure` is a value of structure.h.
  void add(const Cone& cone, double hu, std::uint8_t structure = 0) {
    add_layered(cone, {hu, hu, 0}, structure);
  }
  /// With a shell of `shell_mm` of another density.
  void add_hollow(const Cone& cone, double core_hu, double shell_hu, double shell_mm) {
    add_layered(cone, {core_hu, shell_hu, shell_mm}, 0);
  }

  /// `hu` with this voxel's structure mixed in.
  [[nodiscard]] float over(float hu, std::size_t voxel) const {
    if (hu_.empty()) return hu;
    return hu + (static_cast<float>(hu_[voxel]) - hu) * coverage_.at(voxel);
  }
  /// Share of the voxel that is filled.
  [[nodiscard]] float at(std::size_t voxel) const { return hu_.empty() ? 0 : coverage_.at(voxel); }
  /// What fills at least half of this voxel.
  [[nodiscard]] std::uint8_t structure(std::size_t voxel) const {
    return at(voxel) >= 0.5F ? structure_[voxel] : std::uint8_t{0};
  }

 private:
  struct Layers {
    double core_hu;
    double shell_hu;
    double shell_mm;
  };
  void add_layered(const Cone& cone, const Layers& layers, std::uint8_t structure);

  Lattice grid_;
  Coverage coverage_;
  std::vector<std::int16_t> hu_;
  std::vector<std::uint8_t> structure_;
};

/// The pulmonary trunk from the right ventricle to its bifurcation.
std::vector<Cone> trunk_cones(const Anatomy& anatomy);

/// Aorta with its arch branches, caval and brachiocephalic veins, pulmonary trunk: bright like the
/// labelled vessels, but background.
Solids draw_great_vessels(const Anatomy& anatomy, const TissueHu& tissue, const Lattice& grid);

/// Ribs with cartilage, sternum, scapulae, clavicles. The spine is a field of the anatomy.
Solids draw_bones(const Anatomy& anatomy, const TissueHu& tissue, const Lattice& grid, Rng& rng);

}  // namespace hilum::phantom
