#pragma once

#include <atomic>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/train/sample_source.h"

/// Small volumes for tests of training: a bright spine in the middle, and on either side a bright
/// and a fainter tube, the artery and the vein. The tubes' places differ from volume to volume.
namespace hilum::test {

inline model::train::Sample tube_volume(int edge, int index) {
  using model::grid_index;
  model::train::Sample sample;
  sample.name = "tubes " + std::to_string(index);
  sample.size = {edge, edge, edge};
  const std::size_t voxels = model::voxel_count(sample.size);
  sample.image.assign(voxels, 0.15F);
  sample.label.assign(voxels, 0);
  sample.labelled.assign(4, 1);
  const double quarter = edge / 4.0;
  const double wander = edge / 16.0;
  const double radius = edge / 9.0;
  const auto near = [](double a, double b, double c, double d, double distance) {
    return std::hypot(a - b, c - d) <= distance;
  };
  for (int x = 0; x < edge; ++x) {
    for (int y = 0; y < edge; ++y) {
      for (int z = 0; z < edge; ++z) {
        const std::size_t i = grid_index(sample.size, x, y, z);
        const double bend = wander * std::sin(0.3 * z + index);
        if (near(x, edge / 2.0, y, quarter, edge / 10.0)) sample.image[i] = 1.0F;
        // X grows to the patient's right: left classes (1, 2) at small x.
        for (const int side : {0, 1}) {
          const double at_x = side == 0 ? quarter : 3 * quarter;
          if (near(x, at_x + bend, y, 1.5 * quarter, radius)) {
            sample.image[i] = 0.85F;
            sample.label[i] = static_cast<std::uint8_t>(1 + 2 * side);
          }
          if (near(x, at_x - bend, y, 2.8 * quarter, radius)) {
            sample.image[i] = 0.5F;
            sample.label[i] = static_cast<std::uint8_t>(2 + 2 * side);
          }
        }
      }
    }
  }
  return sample;
}

/// Volumes in memory; counts how often each was asked for.
class VolumeList : public model::train::SampleSource {
 public:
  explicit VolumeList(std::vector<model::train::Sample> samples) {
    for (auto& sample : samples) {
      samples_.push_back(std::make_shared<model::train::Sample>(std::move(sample)));
    }
  }
  static std::shared_ptr<const VolumeList> tubes(int count, int edge, int first = 0) {
    std::vector<model::train::Sample> samples;
    for (int i = 0; i < count; ++i) {
      samples.push_back(tube_volume(edge, first + i));
      if (!finish_sample(samples.back(), 4)) std::abort();
    }
    return std::make_shared<VolumeList>(std::move(samples));
  }

  [[nodiscard]] int count() const override { return static_cast<int>(samples_.size()); }
  [[nodiscard]] int labels() const override {
    return static_cast<int>(samples_.front()->labelled.size());
  }
  [[nodiscard]] Result<model::train::SamplePtr> get(int index) const override {
    ++gets_;
    return samples_[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] std::string identity() const override {
    return std::to_string(samples_.size()) + " volumes";
  }
  [[nodiscard]] std::string description() const override { return identity() + " (synthetic)"; }
  [[nodiscard]] int gets() const { return gets_; }

 private:
  std::vector<model::train::SamplePtr> samples_;
  mutable std::atomic<int> gets_ = 0;
};

}  // namespace hilum::test
