#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "model/standard_classes.h"
#include "pipeline/domain/ports.h"

namespace hilum::test {

/// Stands in for the model in end-to-end tests: a voxel of exactly 2000 + k HU gets label k of the
/// four standard classes, everything else is background. So a test that paints markers into a CT
/// knows every voxel of the result.
class MarkerSegmenter : public Segmenter {
 public:
  static constexpr std::int16_t kMarkerHu = 2000;  ///< HU of label k is kMarkerHu + k

  [[nodiscard]] const ModelInfo& info() const override { return info_; }

  Result<LabelMap> segment(const Volume& volume, JobLog& /*log*/, const ProgressSink& progress,
                           std::stop_token stop) override {
    if (stop.stop_requested()) return Error{ErrorCode::kCancelled, "segmentation was stopped"};
    const int classes = static_cast<int>(info_.segments.size());
    LabelMap map{.geometry = volume.geometry,
                 .label = std::vector<std::uint8_t>(volume.hu.size(), 0)};
    for (std::size_t i = 0; i < volume.hu.size(); ++i) {
      const int k = volume.hu[i] - kMarkerHu;
      if (k >= 1 && k <= classes) map.label[i] = static_cast<std::uint8_t>(k);
    }
    if (progress) progress(1);
    return map;
  }

 private:
  ModelInfo info_{.name = "Marker",
                  .version = "1",
                  .sha256 = std::string(64, '0'),
                  .trained = false,
                  .segments = model::standard_segments(),
                  .device = "cpu, 1 thread, markers"};
};

}  // namespace hilum::test
