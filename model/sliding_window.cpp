#include "model/sliding_window.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hilum::model {
namespace {

std::vector<int> starts_along(int padded, int window, double overlap) {
  const int step = std::max(1, static_cast<int>(window * (1 - overlap)));
  std::vector<int> starts;
  for (int start = 0;; start += step) {
    starts.push_back(std::min(start, padded - window));
    if (start + window >= padded) return starts;
  }
}

/// The part of a window that lies inside the image, for one window position.
struct Overlap {
  GridSize window_start{};  ///< first voxel inside, in window coordinates
  GridSize image_start{};   ///< the same voxel in the image
  GridSize size{};
};

Overlap overlap_of(const GridSize& start, const GridSize& padding, const GridSize& image,
                   int window) {
  Overlap result;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int begin = start[axis] - padding[axis];  // of the window, in the image
    result.image_start[axis] = std::max(begin, 0);
    result.window_start[axis] = result.image_start[axis] - begin;
    result.size[axis] = std::min(begin + window, image[axis]) - result.image_start[axis];
  }
  return result;
}

/// Calls `row(image_offset, window_offset)` for every run of `overlap.size[2]` voxels.
template <class Row>
void for_each_row(const Overlap& overlap, const GridSize& image, const GridSize& window,
                  const Row& row) {
  for (int x = 0; x < overlap.size[0]; ++x) {
    for (int y = 0; y < overlap.size[1]; ++y) {
      row(grid_index(image, overlap.image_start[0] + x, overlap.image_start[1] + y,
                     overlap.image_start[2]),
          grid_index(window, overlap.window_start[0] + x, overlap.window_start[1] + y,
                     overlap.window_start[2]));
    }
  }
}

}  // namespace

WindowPlan plan_windows(const GridSize& size, const SlidingWindowOptions& options) {
  WindowPlan plan;
  std::array<std::vector<int>, 3> along;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const int padded = std::max(size[axis], options.window);
    plan.padding_before[axis] = (padded - size[axis]) / 2;
    along[axis] = starts_along(padded, options.window, options.overlap);
  }
  for (const int x : along[0]) {
    for (const int y : along[1]) {
      for (const int z : along[2]) plan.starts.push_back({x, y, z});
    }
  }
  return plan;
}

void drop_windows_that_hardly_count(WindowPlan& plan, std::span<const GridSize> voxels,
                                    const SlidingWindowOptions& options) {
  const std::vector<float> weights = gaussian_importance(options.window);
  const GridSize window{options.window, options.window, options.window};
  std::vector<bool> counts(plan.starts.size(), false);
  std::vector<std::pair<std::size_t, float>> here;  // windows over a voxel and their weights there
  for (const GridSize& voxel : voxels) {
    here.clear();
    float heaviest = 0;
    for (std::size_t i = 0; i < plan.starts.size(); ++i) {
      GridSize at{};
      bool covers = true;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        at[axis] = voxel[axis] + plan.padding_before[axis] - plan.starts[i][axis];
        covers = covers && at[axis] >= 0 && at[axis] < options.window;
      }
      if (!covers) continue;
      const float weight = weights[grid_index(window, at[0], at[1], at[2])];
      here.emplace_back(i, weight);
      heaviest = std::max(heaviest, weight);
    }
    for (const auto& [i, weight] : here) {
      if (weight >= kLeastShare * heaviest) counts[i] = true;
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < plan.starts.size(); ++i) {
    if (counts[i]) plan.starts[kept++] = plan.starts[i];
  }
  plan.starts.resize(kept);
}

std::vector<float> gaussian_importance(int window) {
  constexpr double kSigmaFraction = 0.125;
  constexpr float kSmallestWeight = 1e-3F;
  const double sigma = kSigmaFraction * window;
  std::vector<float> along(static_cast<std::size_t>(window));
  for (int i = 0; i < window; ++i) {
    const double x = i - (window - 1) / 2.0;
    along[static_cast<std::size_t>(i)] = static_cast<float>(std::exp(-x * x / (2 * sigma * sigma)));
  }
  std::vector<float> weights;
  weights.reserve(along.size() * along.size() * along.size());
  for (const float x : along) {
    for (const float y : along) {
      for (const float z : along) weights.push_back(std::max(x * y * z, kSmallestWeight));
    }
  }
  return weights;
}

Result<std::vector<float>> sliding_window(std::span<const float> image, const GridSize& size,
                                          const SlidingWindowOptions& options,
                                          const WindowPlan& plan, const WindowPredictor& predict,
                                          const RunControl& control) {
  const GridSize window_size{options.window, options.window, options.window};
  const std::size_t window_voxels = voxel_count(window_size);
  const std::size_t voxels = voxel_count(size);
  const auto channels = static_cast<std::size_t>(options.channels);
  const auto weights = gaussian_importance(options.window);

  std::vector<float> sum(channels * voxels, 0);
  std::vector<float> weight_sum(voxels, 0);
  std::vector<float> input(window_voxels);
  std::vector<float> output(channels * window_voxels);
  for (std::size_t done = 0; done < plan.starts.size(); ++done) {
    if (control.stop.stop_requested()) {
      return Error{ErrorCode::kCancelled, "segmentation was stopped"};
    }
    const Overlap overlap =
        overlap_of(plan.starts[done], plan.padding_before, size, options.window);
    const auto length = static_cast<std::size_t>(overlap.size[2]);
    std::ranges::fill(input, 0.0F);
    for_each_row(overlap, size, window_size, [&](std::size_t in_image, std::size_t in_window) {
      std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(in_image), length,
                  input.begin() + static_cast<std::ptrdiff_t>(in_window));
    });
    if (auto predicted = predict(input, output); !predicted) return std::move(predicted).error();
    for_each_row(overlap, size, window_size, [&](std::size_t in_image, std::size_t in_window) {
      for (std::size_t i = 0; i < length; ++i) {
        const float weight = weights[in_window + i];
        weight_sum[in_image + i] += weight;
        for (std::size_t c = 0; c < channels; ++c) {
          sum[c * voxels + in_image + i] += weight * output[c * window_voxels + in_window + i];
        }
      }
    });
    if (control.progress) {
      control.progress(static_cast<double>(done + 1) / static_cast<double>(plan.starts.size()));
    }
  }
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < voxels; ++i) {
      float& logit = sum[c * voxels + i];
      logit = weight_sum[i] > 0 ? logit / weight_sum[i] : kNoLogit;
    }
  }
  return sum;
}

}  // namespace hilum::model
