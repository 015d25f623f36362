#include "model/phantom/variation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "model/phantom/structure.h"

using namespace hilum;
using namespace hilum::phantom;

namespace {

/// The same volume with few voxels.
PhantomOptions coarser(PhantomOptions options) {
  constexpr double kStepMm = 6;
  for (int& voxels : options.size) {
    voxels = std::max(4, static_cast<int>(voxels * options.spacing_mm / kStepMm));
  }
  options.spacing_mm = kStepMm;
  options.view.slice_spacing_mm.reset();
  return options;
}

}  // namespace

TEST_CASE("phantom variation: every training and shifted volume can be made and is labelled") {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (const PhantomOptions& options : {training_options(seed), shifted_options(seed)}) {
      CAPTURE(seed);
      CAPTURE(describe(options));
      const Phantom p = make_phantom(coarser(options));
      const auto labelled = std::count_if(p.truth.label.begin(), p.truth.label.end(),
                                          [](std::uint8_t v) { return v != 0; });
      CHECK(labelled > 200);
      CHECK(p.structures.label.size() == p.ct.hu.size());
    }
  }
}

TEST_CASE("phantom variation: options depend on the seed alone and differ between seeds") {
  std::map<std::string, int> words;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CHECK(describe(training_options(seed)) == describe(training_options(seed)));
    ++words[describe(training_options(seed))];
  }
  CHECK(words.size() > 150);
}
