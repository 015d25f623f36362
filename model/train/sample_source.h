#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/model_grid.h"
#include "pipeline/domain/result.h"

namespace hilum::model::train {

/// Value of `Sample::label` where nobody knows what is right; neither loss nor score counts it.
/// Only `hide_unlabelled_sides` sets it: in a file it is a wrong value as any other, such as that
/// of a mask of 0 and 255.
constexpr std::uint8_t kUnknownLabel = 255;

/// A labelled volume as the network sees it. Immutable once shared.
struct Sample {
  std::string name;  ///< for messages
  GridSize size{};
  std::vector<float> image;            ///< [X][Y][Z] of the cropped model grid, 0..1
  std::vector<std::uint8_t> label;     ///< on the same grid: 0 background, k = class k - 1; above
                                       ///< the classes, neighbours that are none; or
                                       ///< `kUnknownLabel`
  std::vector<std::uint8_t> labelled;  ///< per value of `label`: 1 when the sample labels it
  std::vector<std::uint32_t> vessels;  ///< indices of the voxels of labelled classes

  [[nodiscard]] std::size_t size_bytes() const {
    return image.size() * sizeof(float) + label.size() + vessels.size() * sizeof(std::uint32_t);
  }
};

/// Checks that the arrays fit each other, that some class is labelled, that every value of `label`
/// is a class or, up to the size of `labelled`, a neighbour, and fills `vessels`. kInvalidInput
/// names the sample and what is wrong.
Status finish_sample(Sample& sample, int classes);

using SamplePtr = std::shared_ptr<const Sample>;

/// Where labelled volumes come from: files, or a generator that makes them on the fly. Thread-safe.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  /// Number of volumes, at least 1.
  [[nodiscard]] virtual int count() const = 0;
  /// Volume 0..count-1. Always the same content for the same index: resumed runs rely on it.
  [[nodiscard]] virtual Result<SamplePtr> get(int index) const = 0;
  /// Values of `Sample::label` beside the background: the classes, and neighbours that can be asked
  /// for by prompt.
  [[nodiscard]] virtual int labels() const = 0;
  /// A text that changes when the volumes do; part of a run's identity.
  [[nodiscard]] virtual std::string identity() const = 0;
  /// For people, in a trained bundle's provenance: "12 CTs (synthetic)".
  [[nodiscard]] virtual std::string description() const = 0;
};

}  // namespace hilum::model::train
