#include "model/evaluate/error_sheet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace hilum::model::evaluate {
namespace {

constexpr std::size_t kFindings = 6;
using Colour = std::array<double, 3>;
constexpr std::array<Colour, kFindings> kColours{
    {{0, 0, 0}, {205, 205, 205}, {255, 140, 20}, {50, 160, 255}, {255, 50, 200}, {250, 235, 50}}};

/// Calls `visit(position, finding)` for every voxel with a finding; positions in mm, LPS.
template <class Visit>
void for_each_finding(const LabelMap& prediction, const LabelMap& reference,
                      std::span<const EvaluatedClass> classes,
                      std::span<const std::uint8_t> labelled, const Visit& visit) {
  const Geometry& g = reference.geometry;
  for (int z = 0; z < g.size[0]; ++z) {
    for (int y = 0; y < g.size[1]; ++y) {
      for (int x = 0; x < g.size[2]; ++x) {
        const std::size_t i = g.index(z, y, x);
        if (prediction.label[i] == 0 && reference.label[i] == 0) continue;
        const Finding finding =
            finding_of(prediction.label[i], reference.label[i], classes, labelled);
        if (finding == Finding::kNone) continue;
        visit(g.to_lps({static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)}),
              finding);
      }
    }
  }
}

/// A projection: the patient's axes (0 = L, 1 = P, 2 = S) to the right and down, and their signs.
struct View {
  std::size_t right;
  std::size_t down;
  double down_sign;
};
constexpr std::array<View, 3> kViews{{{0, 2, -1}, {1, 2, -1}, {0, 1, 1}}};

/// How many findings of each kind lie on the rays of one view.
class Rays {
 public:
  Rays(const View& view, const Vec3& low, const Vec3& high, double cell_mm)
      : view_(view), cell_mm_(cell_mm) {
    left_ = low[view.right];
    top_ = view.down_sign > 0 ? low[view.down] : -high[view.down];
    width_ = cells(high[view.right] - low[view.right]);
    height_ = cells(high[view.down] - low[view.down]);
    counts_.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
  }

  void add(const Vec3& position, Finding finding) {
    const double right = (position[view_.right] - left_) / cell_mm_;
    const double down = (view_.down_sign * position[view_.down] - top_) / cell_mm_;
    const int x = std::clamp(static_cast<int>(std::lround(right)), 0, width_ - 1);
    const int y = std::clamp(static_cast<int>(std::lround(down)), 0, height_ - 1);
    ++at(x, y)[static_cast<std::size_t>(finding)];
  }

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }

  [[nodiscard]] Colour colour(int x, int y) const {
    constexpr double kBrightest = 12;  // voxels on a ray
    constexpr double kDimmest = 0.35;
    const Counts& counts = at(x, y);
    Colour mixed{};
    double all = 0;
    for (std::size_t f = 0; f < kFindings; ++f) {
      all += counts[f];
      for (std::size_t c = 0; c < 3; ++c) mixed[c] += counts[f] * kColours[f][c];
    }
    if (all == 0) return {};
    const double depth = std::min(1.0, std::log(all) / std::log(kBrightest));
    const double brightness = kDimmest + (1 - kDimmest) * depth;
    for (double& value : mixed) value *= brightness / all;
    return mixed;
  }

 private:
  using Counts = std::array<std::uint32_t, kFindings>;

  [[nodiscard]] int cells(double mm) const {
    return static_cast<int>(std::lround(mm / cell_mm_)) + 1;
  }
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
           static_cast<std::size_t>(x);
  }
  [[nodiscard]] Counts& at(int x, int y) { return counts_[index(x, y)]; }
  [[nodiscard]] const Counts& at(int x, int y) const { return counts_[index(x, y)]; }

  View view_;
  double cell_mm_;
  double left_ = 0;
  double top_ = 0;
  int width_ = 0;
  int height_ = 0;
  std::vector<Counts> counts_;
};

double largest_step_mm(const Geometry& geometry) {
  double most = 0;
  for (int axis = 0; axis < 3; ++axis) {
    const Vec3 step = geometry.step_mm(axis);
    most = std::max(most, std::hypot(step[0], step[1], step[2]));
  }
  return most;
}

/// Every cell of `rays` as a square of `edge` pixels, from column `left` on.
void draw(const Rays& rays, int edge, int left, RgbImage& image) {
  for (int y = 0; y < rays.height() * edge; ++y) {
    for (int x = 0; x < rays.width() * edge; ++x) {
      const Colour colour = rays.colour(x / edge, y / edge);
      const auto pixel = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) +
                          static_cast<std::size_t>(left + x)) *
                         3;
      for (std::size_t c = 0; c < 3; ++c) {
        image.pixels[pixel + c] = static_cast<std::uint8_t>(std::lround(colour[c]));
      }
    }
  }
}

}  // namespace

Finding finding_of(int prediction, int reference, std::span<const EvaluatedClass> classes,
                   std::span<const std::uint8_t> labelled) {
  if (prediction == reference) return prediction == 0 ? Finding::kNone : Finding::kRight;
  if (prediction == 0) return Finding::kMissed;
  const auto class_of = [](int label) { return static_cast<std::size_t>(label - 1); };
  if (reference == 0) {
    return labelled[class_of(prediction)] != 0 ? Finding::kInvented : Finding::kNone;
  }
  const EvaluatedClass& predicted = classes[class_of(prediction)];
  const EvaluatedClass& right = classes[class_of(reference)];
  return predicted.vessel == right.vessel ? Finding::kOtherSide : Finding::kOtherVessel;
}

RgbImage error_sheet(const LabelMap& prediction, const LabelMap& reference,
                     std::span<const EvaluatedClass> classes,
                     std::span<const std::uint8_t> labelled) {
  constexpr double kPixelMm = 0.75;
  constexpr int kWidestPixels = 6;
  constexpr int kGap = 8;
  constexpr double kFar = std::numeric_limits<double>::max();

  // No cell is smaller than a voxel's longest step: rays are not missed between voxels.
  const double cell_mm = std::max(largest_step_mm(reference.geometry), 1e-3);
  const int edge =
      static_cast<int>(std::clamp(std::round(cell_mm / kPixelMm), 1.0, double{kWidestPixels}));
  Vec3 low{kFar, kFar, kFar};
  Vec3 high{-kFar, -kFar, -kFar};
  for_each_finding(prediction, reference, classes, labelled, [&](const Vec3& at, Finding) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      low[axis] = std::min(low[axis], at[axis]);
      high[axis] = std::max(high[axis], at[axis]);
    }
  });
  if (low[0] > high[0]) low = high = {};  // nothing anywhere: a black picture

  std::vector<Rays> all;
  RgbImage image;
  for (const View& view : kViews) {
    all.emplace_back(view, low, high, cell_mm);
    image.width += all.back().width() * edge + (all.size() > 1 ? kGap : 0);
    image.height = std::max(image.height, all.back().height() * edge);
  }
  for_each_finding(prediction, reference, classes, labelled, [&](const Vec3& at, Finding finding) {
    for (Rays& rays : all) rays.add(at, finding);
  });
  image.pixels.assign(
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3, 0);
  int left = 0;
  for (const Rays& rays : all) {
    draw(rays, edge, left, image);
    left += rays.width() * edge + kGap;
  }
  return image;
}

}  // namespace hilum::model::evaluate
