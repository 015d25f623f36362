#pragma once

#include <memory>
#include <string>

#include "model/bundle.h"
#include "pipeline/domain/ports.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

struct SegmenterOptions {
  std::string device = "auto";  ///< "auto" (CUDA when there is one), "cpu", "cuda" or "cuda:N"
  int threads = 0;              ///< CPU threads; 0: all cores
};

/// A segmenter that runs the bundle's network: preprocessing, sliding windows, sigmoid, labels on
/// the source grid. Keeps its own copy of the weights, so the bundle may be dropped. Errors of
/// `LaCaf::load`; kUnsupported in a build without LibTorch.
///
/// Memory while it runs, beside volume and label map, per voxel of the cropped model grid: 4 bytes
/// for the image, 4 (K + 1) for the sums over windows, 1 for the labels; that is 0.4 GB for four
/// classes and a chest of 360 mm cubed at 1.5 mm. The network's own need is in lacaf.h.
Result<std::unique_ptr<Segmenter>> make_segmenter(const ModelBundle& bundle,
                                                  const SegmenterOptions& options = {});

}  // namespace hilum::model
