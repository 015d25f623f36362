#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a result measures, and what is doubtful about it. The text of every doubt is printable
/// ASCII without backslash, because it is written beside texts in the character set of the source.
namespace hilum {

/// Vessel by the area of its cross-section, as in the literature on pruning of small vessels (BV5,
/// BV5-10; Estepar et al., Am J Respir Crit Care Med 188, 2013): below 5 mm2, from 5 to below 10
/// mm2, from 10 mm2. How the area of a voxel's vessel is found: model/examine/.
enum class CrossSection { kBelow5, k5To10, kFrom10 };
inline constexpr std::size_t kCrossSections = 3;

struct SegmentMeasures {
  std::uint64_t voxels = 0;
  double millilitres = 0;
  /// Of the CT under the segment, in Hounsfield units; nothing without voxels.
  struct Attenuation {
    double mean = 0;
    double standard_deviation = 0;  ///< of the population: divided by the number of voxels
  };
  std::optional<Attenuation> hu{};
  std::array<double, kCrossSections> by_cross_section_ml{};  ///< together `millilitres`
};

/// The vessels of one lung: of the segments coded as arteries and veins of that side.
struct LungMeasures {
  double artery_ml = 0;
  double vein_ml = 0;
  std::optional<double> lung_ml{};  ///< aerated lung with its vessels; nothing: not found
  /// Artery over vein; nothing where there is no vein.
  [[nodiscard]] std::optional<double> artery_vein_ratio() const {
    if (vein_ml <= 0) return std::nullopt;
    return artery_ml / vein_ml;
  }
};

enum class DoubtKind {
  kNothingFound,       ///< no voxel of any class
  kClassMissing,       ///< a class without voxels, others have some
  kSidesSwapped,       ///< most of a left segment lies in the right lung, or the other way round
  kImplausibleVolume,  ///< outside of what the model's manifest says about a class
  kOutsideLungs,       ///< much of it lies neither in a lung nor between them
  kFieldOfViewCut,     ///< the lungs reach the end of the volume
  kSlicesMissing,      ///< images are missing or unevenly spaced: what lies between is a guess
};

struct Doubt {
  DoubtKind kind{};
  std::string text;  ///< a sentence for people, at most 200 characters, with numbers
};

struct Findings {
  std::vector<SegmentMeasures> segments;  ///< segments[k-1] measures label k
  LungMeasures left;
  LungMeasures right;
  std::vector<Doubt> doubts;  ///< the gravest first; empty when nothing is unusual
};

}  // namespace hilum
