#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dicomseg/ct_writer.h"
#include "pipeline/domain/ports.h"
#include "tests/support/temp_dir.h"

class DcmDataset;

namespace hilum::test {

/// A named affine: `x`, `y`, `z` are the steps of one voxel in mm (LPS).
struct NamedGrid {
  std::string name;
  Vec3 x;
  Vec3 y;
  Vec3 z;
};
/// Axial, feet-first, coronal, sagittal, oblique and tilted stacks, right- and left-handed.
std::vector<NamedGrid> grids();

Geometry geometry_of(const NamedGrid& grid, std::array<int, 3> size, Vec3 origin = {-40, -60, 7.5});

/// Voxels with values from -1024 to 3071 that all differ from their neighbours.
Volume numbered_volume(const Geometry& geometry);

/// Small blobs of labels 1..`segments` spread over the slices.
LabelMap some_labels(const Geometry& geometry, int segments);

/// The four pulmonary vessels of design/seg.md A5.
ModelInfo vessel_model();

/// Loads a DICOM file, lets `change` edit its data set and writes it back.
void edit_dicom(const std::filesystem::path& file, const std::function<void(DcmDataset&)>& change);
/// The raw bytes of an attribute, padding included; empty when absent.
std::string raw_value(const std::filesystem::path& file, unsigned group, unsigned element);

/// Writes the volume as one Enhanced CT instance. Frames in reverse order, positions and rescale
/// per frame, the rest shared.
std::filesystem::path write_enhanced_ct(const Volume& volume, const std::filesystem::path& file);

struct CommandResult {
  int exit_status = -1;
  std::string output;  ///< stdout and stderr together
};
CommandResult run_command(const std::string& command);
bool installed(const std::string& program);

}  // namespace hilum::test
