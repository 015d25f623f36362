#include "model/sliding_window.h"

#include <doctest/doctest.h>

#include <numeric>
#include <string>
#include <vector>

#include "tests/unit/model/golden.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr int kWindow = 32;

/// The golden cases' predictor: three channels that depend on the voxel, on its place in the window
/// and on the window's mean.
Status golden_predictor(std::span<const float> x, std::span<float> out) {
  const auto mean =
      static_cast<float>(std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size()));
  const auto at = [](int i) { return static_cast<float>(i) / (kWindow - 1); };
  std::size_t i = 0;
  for (int gx = 0; gx < kWindow; ++gx) {
    for (int gy = 0; gy < kWindow; ++gy) {
      for (int gz = 0; gz < kWindow; ++gz, ++i) {
        out[i] = x[i] + at(gx) + mean;
        out[i + x.size()] = 2 * x[i] - at(gy) * at(gz);
        out[i + 2 * x.size()] = 3 * (x[i] - mean) * at(gx);
      }
    }
  }
  return ok();
}

Status copy_input(std::span<const float> window, std::span<float> out) {
  std::ranges::copy(window, out.begin());
  return ok();
}

Result<std::vector<float>> run_all(std::span<const float> image, const GridSize& size,
                                   const SlidingWindowOptions& options,
                                   const WindowPredictor& predict,
                                   const ProgressSink& progress = {}, std::stop_token stop = {}) {
  return sliding_window(image, size, options, plan_windows(size, options), predict,
                        {.progress = progress, .stop = std::move(stop)});
}

}  // namespace

TEST_CASE("sliding_window: positions, weights and blending are MONAI's") {
  constexpr double kTolerance = 2e-5;  // absolute, of values up to about 10, in float32
  struct Case {
    std::string name;
    double overlap;
  };
  for (const auto& [name, overlap] : {Case{"a", 0.5}, Case{"b", 0.5}, Case{"c", 0.25}}) {
    CAPTURE(name);
    const auto golden = test::golden_file("sliding_window.safetensors");
    const auto& shape = golden.tensors().at("input_" + name).shape;
    const auto input = golden.values<float>("input_" + name);
    const auto expected = golden.values<float>("output_" + name);
    REQUIRE(input);
    REQUIRE(expected);
    const GridSize size{static_cast<int>(shape[0]), static_cast<int>(shape[1]),
                        static_cast<int>(shape[2])};
    const auto output = run_all(
        *input, size, {.window = kWindow, .overlap = overlap, .channels = 3}, golden_predictor);
    REQUIRE(output);
    const double deviation = test::largest_difference(*output, *expected);
    INFO("largest deviation " << deviation);
    CHECK(deviation < kTolerance);
  }
}

TEST_CASE("sliding_window: the last window is shifted back, small volumes are padded") {
  const auto plan = plan_windows({50, 20, 32}, {.window = 32, .overlap = 0.5});
  CHECK(plan.padding_before == GridSize{0, 6, 0});
  REQUIRE(plan.starts.size() == 3);
  CHECK(plan.starts[0] == GridSize{0, 0, 0});
  CHECK(plan.starts[1] == GridSize{16, 0, 0});
  CHECK(plan.starts[2] == GridSize{18, 0, 0});
}

TEST_CASE("sliding_window: an identity predictor gives the image back") {
  const GridSize size{21, 17, 5};
  std::vector<float> image(voxel_count(size));
  std::iota(image.begin(), image.end(), 1.0F);
  const auto output =
      run_all(image, size, {.window = 8, .overlap = 0.3, .channels = 1}, copy_input);
  REQUIRE(output);
  CHECK(test::largest_difference(*output, image) < 1e-3);  // of values up to 1785
}

TEST_CASE("sliding_window: reports progress up to 1 and stops between windows") {
  const GridSize size{24, 8, 8};
  const std::vector<float> image(voxel_count(size), 1);
  const SlidingWindowOptions options{.window = 8, .overlap = 0, .channels = 1};
  std::vector<double> seen;
  std::stop_source stop;
  const auto watch = [&](double fraction) { seen.push_back(fraction); };
  REQUIRE(run_all(image, size, options, copy_input, watch, stop.get_token()));
  REQUIRE(seen.size() == 3);
  CHECK(seen.back() == 1);

  seen.clear();
  const auto stop_at_once = [&](double fraction) {
    seen.push_back(fraction);
    stop.request_stop();
  };
  const auto stopped = run_all(image, size, options, copy_input, stop_at_once, stop.get_token());
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == ErrorCode::kCancelled);
  CHECK(seen.size() == 1);
}

TEST_CASE("sliding_window: an error of the predictor ends it") {
  const std::vector<float> image(512, 1);
  const auto failed = run_all(image, {8, 8, 8}, {.window = 8}, [](auto, auto) -> Status {
    return Error{ErrorCode::kNoSpace, "no memory"};
  });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::kNoSpace);
}

TEST_CASE("sliding_window: windows that hardly count for the wanted voxels are dropped") {
  const SlidingWindowOptions options{.window = 32, .overlap = 0.5, .channels = 1};
  const GridSize size{64, 32, 32};  // windows at x = 0, 16 and 32
  const auto starts_for = [&](std::vector<GridSize> voxels) {
    auto plan = plan_windows(size, options);
    drop_windows_that_hardly_count(plan, voxels, options);
    std::vector<int> xs;
    for (const GridSize& start : plan.starts) xs.push_back(start[0]);
    return xs;
  };
  CHECK(starts_for({}).empty());
  // In the middle of the first window its neighbour weighs exp(-8) of it.
  CHECK(starts_for({{15, 15, 15}}) == std::vector{0});
  // Half way between two centres both weigh the same, and the third covers nothing.
  CHECK(starts_for({{24, 15, 15}}) == std::vector{0, 16});
  CHECK(starts_for({{15, 15, 15}, {48, 15, 15}}) == std::vector{0, 32});
}

TEST_CASE("sliding_window: every wanted voxel keeps its heaviest window at any overlap") {
  for (const double overlap : {0.0, 0.25, 0.5, 0.9}) {
    CAPTURE(overlap);
    const SlidingWindowOptions options{.window = 16, .overlap = overlap, .channels = 1};
    const GridSize size{40, 16, 9};
    for (int x = 0; x < size[0]; ++x) {
      const std::vector<GridSize> one{{x, 3, 4}};
      auto plan = plan_windows(size, options);
      drop_windows_that_hardly_count(plan, one, options);
      CHECK_FALSE(plan.starts.empty());
    }
  }
}

TEST_CASE("sliding_window: a voxel that no window covers gets a logit that passes no threshold") {
  const GridSize size{16, 8, 8};
  const SlidingWindowOptions options{.window = 8, .overlap = 0, .channels = 1};
  auto plan = plan_windows(size, options);
  plan.starts.resize(1);
  const std::vector<float> image(voxel_count(size), 3);
  const auto output =
      sliding_window(image, size, options, plan, copy_input, {.progress = {}, .stop = {}});
  REQUIRE(output);
  CHECK((*output)[grid_index(size, 7, 7, 7)] == doctest::Approx(3));
  CHECK((*output)[grid_index(size, 8, 0, 0)] == kNoLogit);
}
