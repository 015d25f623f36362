#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "model/model_grid.h"
#include "pipeline/domain/ports.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

struct SlidingWindowOptions {
  int window = 96;       ///< edge of the cubic window in voxels
  double overlap = 0.5;  ///< of neighbouring windows, as a fraction of the edge
  int channels = 1;      ///< of the predictor's output
};

/// Windows over an image that is padded with 0 on both sides (more behind when odd) along axes
/// that are shorter than the window.
struct WindowPlan {
  GridSize padding_before{};
  std::vector<GridSize> starts;  ///< in the padded image; X slowest
};

/// Window positions as MONAI 1.3.2 `dense_patch_slices`: steps of int(window * (1 - overlap)), at
/// least 1, the last window of each axis shifted back to the image's end.
WindowPlan plan_windows(const GridSize& size, const SlidingWindowOptions& options);

/// Drops the windows that hardly count for any of `voxels` (of the image): those whose weight is
/// less than `kLeastShare` of the heaviest window's at each of them. Every voxel keeps its heaviest
/// window. The results at `voxels` change by what the dropped shares would have changed; README.md,
/// "Windows that are computed", has the measured size of that.
void drop_windows_that_hardly_count(WindowPlan& plan, std::span<const GridSize> voxels,
                                    const SlidingWindowOptions& options);
inline constexpr float kLeastShare = 0.1F;

/// Weights of a window's voxels, [w][w][w]: a Gaussian with sigma = 0.125 w about the centre, not
/// below 0.001 so that the sum of weights is safe to divide by (MONAI 1.3.2
/// `compute_importance_map(mode="gaussian")`).
std::vector<float> gaussian_importance(int window);

/// How a long run is watched and ended.
struct RunControl {
  const ProgressSink& progress;
  std::stop_token stop;
};

/// Computes the output [C][w][w][w] of one window [w][w][w].
using WindowPredictor =
    std::function<Status(std::span<const float> window, std::span<float> output)>;

/// What `sliding_window` gives where no window was computed: a logit that no threshold passes.
inline constexpr float kNoLogit = -100;

/// Runs `predict` over the windows of `plan` on `image`, [X][Y][Z] of `size`, and returns the
/// weighted mean of the overlapping outputs, [C][X][Y][Z]. Holds C + 1 floats per voxel. Between
/// windows it reports progress and looks at `stop` (kCancelled). Errors of the predictor end it.
Result<std::vector<float>> sliding_window(std::span<const float> image, const GridSize& size,
                                          const SlidingWindowOptions& options,
                                          const WindowPlan& plan, const WindowPredictor& predict,
                                          const RunControl& control);

}  // namespace hilum::model
