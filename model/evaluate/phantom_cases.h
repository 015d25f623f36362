#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/evaluate/case_source.h"
#include "model/phantom/phantom.h"

namespace hilum::model::evaluate {

/// Seeds from here on are held out: no recipe trains on them.
inline constexpr std::uint64_t kFirstHeldOutSeed = 1'000'000;

enum class PhantomRange {
  kTraining,  ///< as in training: `phantom::training_options`
  kShifted,   ///< outside of it in at least one way: `phantom::shifted_options`
};

struct PhantomCasesOptions {
  std::uint64_t first_seed = kFirstHeldOutSeed;
  std::size_t count = 40;
  PhantomRange range = PhantomRange::kTraining;
};

/// Synthetic patients, made in memory when they are asked for, for a model with `classes`. A class
/// with the codes of one of the four standard ones is labelled, any other one is not. Vessels are
/// plausible in the lungs and, on each line from right to left, between them.
std::unique_ptr<CaseSource> phantom_cases(const PhantomCasesOptions& options,
                                          const std::vector<ModelClass>& classes);

/// One phantom as a case.
LoadedCase phantom_case(const phantom::PhantomOptions& options,
                        const std::vector<ModelClass>& classes);

}  // namespace hilum::model::evaluate
