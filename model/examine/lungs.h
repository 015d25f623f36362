#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/anatomical_sides.h"
#include "model/lung_region.h"
#include "model/model_grid.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/vessel.h"
#include "pipeline/domain/volume.h"

namespace hilum::model::examine {

/// Where the voxels of one label lie.
struct SegmentPlace {
  std::uint64_t clearly_left = 0;   ///< in the left lung, next to it, or beyond it from the middle
  std::uint64_t clearly_right = 0;  ///< likewise; between the lungs is neither
  std::uint64_t outside = 0;        ///< neither in a lung nor between them (`LungRegion`)

  void add(const SegmentPlace& other);
};

/// Where a result lies in the lungs.
struct ResultInLungs {
  std::vector<SegmentPlace> places;  ///< per label 0..255; all zero when no lungs were found
  /// Aerated lung, and the vessels of the result that it encloses: they are too dense to count as
  /// air. Nothing where no lung was found on that side.
  std::optional<double> left_ml{};
  std::optional<double> right_ml{};
};

/// The ends of a volume, whatever the order of voxels in memory; and the circle that an axial image
/// may end with.
enum class End { kFeet, kHead, kLeft, kRight, kBack, kFront, kCircle };

/// Aerated lung in the outermost layer of cells of about 3 mm, where the volume ends.
struct LungAtEnd {
  End end{};
  double left_cm2 = 0;   ///< of the left lung
  double right_cm2 = 0;  ///< of the right lung
};

/// The lungs of a CT, in the patient's axes whatever the order of voxels in memory.
class Lungs {
 public:
  /// Looks at the volume on the grid of 1.5 mm that the model sees, which is what the finder of the
  /// lungs was measured on; 4 bytes per voxel of it meanwhile. Errors of `plan_model_grid`.
  static Result<Lungs> find(const Volume& volume, int threads);

  /// Whether there is enough lung to tell sides and places.
  [[nodiscard]] bool found() const { return sides_.found(); }
  /// Precondition: `labels` are on the grid of the volume.
  [[nodiscard]] ResultInLungs look_up(const LabelMap& labels, int threads) const;
  /// In the order of `End`; the last one where the field of view is round.
  [[nodiscard]] std::vector<LungAtEnd> at_ends() const;

 private:
  ModelGrid grid_;
  LungSides lungs_;
  LungRegion region_;
  AnatomicalSides sides_;
};

}  // namespace hilum::model::examine
