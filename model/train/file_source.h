#pragma once

#include <memory>
#include <span>
#include <vector>

#include "model/preprocess.h"
#include "model/train/dataset_list.h"
#include "model/train/sample_source.h"

namespace hilum::model::train {

struct FileSourceOptions {
  std::vector<ModelClass> classes;
  PreprocessOptions preprocess;  ///< of the model that is trained
};

/// CT + label pairs in NIfTI, preprocessed exactly as for inference (model/preprocess.h), the
/// labels by nearest neighbour on the same grid. Every file's header is looked at here, so that
/// hours of training do not end at a misspelt name. When the sides come from anatomy
/// (`PreprocessOptions::side`), sides without labels are hidden (one_sided_labels.h). Errors:
/// kInvalidInput or kNotFound name file and line
/// for a missing file, grids that do not match, and names in `labelled` that are no class. `get`
/// adds errors for values that are no label and for CTs without anything above the HU range.
Result<std::shared_ptr<const SampleSource>> open_file_source(std::vector<DatasetEntry> entries,
                                                             const FileSourceOptions& options);

/// Labels at the voxel centres of the part `crop` of `grid`, [X][Y][Z]: the label of the nearest
/// source voxel, 0 further than half a voxel outside the source.
std::vector<std::uint8_t> resample_labels(const LabelMap& labels, const ModelGrid& grid,
                                          const Box& crop);

}  // namespace hilum::model::train
