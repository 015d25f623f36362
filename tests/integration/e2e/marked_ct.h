#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "dicomseg/seg_reader.h"
#include "pipeline/domain/volume.h"

namespace hilum::test {

/// A voxel that is known to belong to a class, by where it is in the patient.
struct MarkedPoint {
  int label;
  Vec3 lps_mm;
};

/// A small CT with some voxels per class at scattered places; their HU (2000 + label) is what
/// MarkerSegmenter looks for.
struct MarkedCt {
  Volume volume;
  std::vector<MarkedPoint> points;
};

/// How the slices lie in the patient.
struct Placement {
  std::string name;
  std::array<Vec3, 3> steps_mm;  ///< of x (column), y (row) and z (slice), LPS
};
/// Axial, reversed (slices against the normal), oblique, coronal.
std::vector<Placement> placements();

MarkedCt make_marked_ct(const Placement& placement);

/// Every voxel that a SEG marks, by position; computed from the frames' own attributes alone.
std::vector<MarkedPoint> points_of(const dicomseg::Segmentation& seg);

/// Whether both lists hold the same points, in any order, to 0.02 mm.
bool same_points(const std::vector<MarkedPoint>& a, const std::vector<MarkedPoint>& b);

}  // namespace hilum::test
