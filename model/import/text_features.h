#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// Reads text features from a file of `torch.save`: a tensor [K, 512] or [K, 1, 512], or a dict
/// with exactly one tensor of such a shape (beside anything that is no tensor), of any floating
/// type. Returns [K, 512] row-major. kInvalidInput when there is none or more than one, or K is not
/// `classes`; otherwise the errors of TorchFile::open.
Result<std::vector<float>> read_text_features(const std::filesystem::path& file, int classes);

/// Cosine of the angle between the features of each class in `a` and `b`, both [K, 512]. 0 where
/// one of them is all zeros.
std::vector<double> cosines(std::span<const float> a, std::span<const float> b);

}  // namespace hilum::model
