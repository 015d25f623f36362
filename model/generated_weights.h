#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hilum::model {

/// `count` numbers in [-1, 1) that depend on `name` and `seed` alone: SplitMix64 counted up from
/// the FNV-1a hash of the name. Seed 0 gives the numbers that the golden cases were made with.
std::vector<double> generated_numbers(std::string_view name, std::size_t count,
                                      std::uint64_t seed = 0);

/// Values of a parameter tensor, row-major: u * sqrt(3 / fan) for two or more dimensions (fan is
/// the product of all but the first, so a layer keeps the variance of its input), 1 + 0.1 u for
/// one-dimensional names that end in "weight" (normalisation), 0.1 u for other vectors; u from
/// `generated_numbers`.
std::vector<float> generated_parameter(std::string_view name, std::span<const std::int64_t> shape,
                                       std::uint64_t seed = 0);

/// Text features of K classes, [K, 512] row-major: 0.3 u("organ_embedding"), about the size of real
/// CLIP features.
std::vector<float> generated_text_features(int classes, std::uint64_t seed = 0);

}  // namespace hilum::model
