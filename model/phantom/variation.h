#pragma once

#include <cstdint>
#include <string>

#include "model/phantom/phantom.h"

namespace hilum::phantom {

/// The options of one training volume, all drawn from the seed.
PhantomOptions training_options(std::uint64_t seed);

/// The options of one volume that lies outside what `training_options` draws in at least one way:
/// to measure how a model does on what it was not trained on.
PhantomOptions shifted_options(std::uint64_t seed);

/// What is special about these options, in words: "1.5 mm, no disease". For reports.
std::string describe(const PhantomOptions& options);

}  // namespace hilum::phantom
