#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/standard_classes.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/segment_spec.h"
#include "pipeline/domain/volume.h"

/// How good a segmentation is against a reference. Definitions and sources: README.md.
namespace hilum::model::evaluate {

/// What the metrics need to know about a class; label k of a label map is classes[k-1].
struct EvaluatedClass {
  std::string label;
  std::string vessel;  ///< equal for classes of one vessel type (artery, vein): the type's code
  std::string side;    ///< equal for classes of one side: the modifier's code; may be empty
};
std::vector<EvaluatedClass> evaluated_classes(std::span<const SegmentSpec> segments);
std::vector<EvaluatedClass> evaluated_classes(std::span<const ModelClass> classes);

/// Bins of the reference vessel's diameter: below the first edge, between two, from the last on.
inline constexpr std::size_t kBins = 4;
inline constexpr std::array<double, kBins - 1> kBinEdgesMm{2, 4, 8};
/// "< 2 mm", "2-4 mm", "4-8 mm", ">= 8 mm".
std::string bin_name(std::size_t bin);

struct EvaluationOptions {
  double tolerance_mm = 1.5;  ///< of the normalised surface Dice
  int threads = 0;            ///< 0: all cores
};

/// Voxels of the reference in one bin, and what the prediction says there.
struct BinScores {
  std::uint64_t voxels = 0;
  std::uint64_t right_class = 0;
  std::uint64_t any_vessel = 0;    ///< any class at all
  std::uint64_t wrong_vessel = 0;  ///< a class of another vessel type
  std::uint64_t wrong_side = 0;    ///< a class of the other side

  void add(const BinScores& other);
  /// Shares, absent where their denominator is 0: of all voxels...
  [[nodiscard]] std::optional<double> recall() const;
  [[nodiscard]] std::optional<double> found() const;
  /// ...and of those found as any vessel.
  [[nodiscard]] std::optional<double> vessel_confusion() const;
  [[nodiscard]] std::optional<double> side_confusion() const;
};

/// One class of one case.
struct ClassScores {
  std::string skipped;  ///< why there are no scores; empty when there are
  std::uint64_t reference_voxels = 0;
  std::uint64_t predicted_voxels = 0;
  double predicted_ml = 0;
  double dice = 0;
  double surface_dice = 0;
  double centreline_dice = 0;
  double recall = 0;
  std::optional<double> precision;  ///< absent when nothing was predicted
  std::array<BinScores, kBins> bins{};
};

struct CaseScores {
  std::vector<ClassScores> classes;
  std::optional<double> any_vessel_dice;  ///< absent when no class was scored
  BinScores all;                          ///< over all scored classes
};

/// Compares two label maps on one grid. `labelled[k]` is 0 where the reference does not label class
/// k (its voxels are then background in the reference without being so in the patient): such a
/// class is skipped, as is one that is labelled and absent in the reference. kInvalidInput when the
/// grids differ or a label is above the number of classes; kNoSpace when memory does not suffice.
///
/// Memory: up to 14 bytes per voxel of a class's bounding box, for as many classes at once as there
/// are threads.
Result<CaseScores> score_case(const LabelMap& prediction, const LabelMap& reference,
                              std::span<const EvaluatedClass> classes,
                              std::span<const std::uint8_t> labelled,
                              const EvaluationOptions& options = {});

}  // namespace hilum::model::evaluate
