#include "model/device_sliding_window.h"

#include <numeric>
#include <vector>

// After LibTorch, which defines a CHECK of its own.
#undef CHECK
#include <doctest/doctest.h>

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr SlidingWindowOptions kOptions{.window = 16, .overlap = 0.5, .channels = 2};
constexpr GridSize kSize{40, 12, 21};  // one axis shorter than the window

std::vector<float> ramp() {
  std::vector<float> image(voxel_count(kSize));
  std::iota(image.begin(), image.end(), 0.0F);
  return image;
}

/// Two channels that depend on the voxel and on the window's mean.
at::Tensor twice_and_mean(const at::Tensor& windows) {
  return at::cat({windows * 2, windows - windows.mean({2, 3, 4}, true)}, 1);
}

Result<std::vector<float>> on_the_host(const WindowPlan& plan) {
  return sliding_window(
      ramp(), kSize, kOptions, plan,
      [](std::span<const float> window, std::span<float> logits) {
        const at::Tensor x = at::from_blob(const_cast<float*>(window.data()), {1, 1, 16, 16, 16});
        at::from_blob(logits.data(), {1, 2, 16, 16, 16}).copy_(twice_and_mean(x));
        return ok();
      },
      {.progress = {}, .stop = {}});
}

}  // namespace

TEST_CASE("device_sliding_window: gives what the host's sliding window gives, in any batch") {
  WindowPlan plan = plan_windows(kSize, kOptions);
  plan.starts.erase(plan.starts.begin());  // so that some voxels have no window
  const auto expected = on_the_host(plan);
  REQUIRE(expected);
  for (const int batch : {1, 3, 100}) {
    CAPTURE(batch);
    const auto found =
        device_sliding_window(ramp(), kSize, kOptions, plan,
                              {.run = twice_and_mean, .device = at::kCPU, .largest_batch = batch},
                              {.progress = {}, .stop = {}});
    REQUIRE(found);
    REQUIRE(found->size() == expected->size());
    for (std::size_t i = 0; i < found->size(); ++i) {
      REQUIRE((*found)[i] == doctest::Approx((*expected)[i]).epsilon(1e-4));
    }
  }
}

TEST_CASE("device_sliding_window: halves the batch until memory suffices, and stays there") {
  const WindowPlan plan = plan_windows(kSize, kOptions);
  const auto expected = on_the_host(plan);
  REQUIRE(expected);
  std::vector<std::int64_t> batches;
  const auto found =
      device_sliding_window(ramp(), kSize, kOptions, plan,
                            {.run =
                                 [&](const at::Tensor& windows) {
                                   batches.push_back(windows.size(0));
                                   if (windows.size(0) > 2)
                                     TORCH_CHECK(false, "CUDA out of memory. Tried to allocate");
                                   return twice_and_mean(windows);
                                 },
                             .device = at::kCPU,
                             .largest_batch = 8},
                            {.progress = {}, .stop = {}});
  REQUIRE(found);
  CHECK((*found)[0] == doctest::Approx((*expected)[0]));
  CHECK(batches[0] == 8);
  CHECK(batches[1] == 4);
  CHECK(batches[2] == 2);
  CHECK(std::count(batches.begin(), batches.end(), 4) == 1);
}

TEST_CASE("device_sliding_window: one window too large for the memory is named as such") {
  const auto found = device_sliding_window(
      ramp(), kSize, kOptions, plan_windows(kSize, kOptions),
      {.run = [](const at::Tensor&) -> at::Tensor { TORCH_CHECK(false, "CUDA out of memory"); },
       .device = at::kCPU,
       .largest_batch = 4},
      {.progress = {}, .stop = {}});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::kNoSpace);
}

TEST_CASE("device_sliding_window: stops between batches") {
  std::stop_source stop;
  const ProgressSink stop_at_once = [&](double) { stop.request_stop(); };
  const auto found =
      device_sliding_window(ramp(), kSize, kOptions, plan_windows(kSize, kOptions),
                            {.run = twice_and_mean, .device = at::kCPU, .largest_batch = 1},
                            {.progress = stop_at_once, .stop = stop.get_token()});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::kCancelled);
}
