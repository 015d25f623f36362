#include "model/evaluate/phantom_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "model/phantom/variation.h"
#include "model/sides.h"

namespace hilum::model::evaluate {
namespace {

using phantom::PhantomOptions;

/// For each label of a phantom's truth that of the model's class with equal codes; 0: none.
std::vector<std::uint8_t> labels_of(const std::vector<ModelClass>& classes) {
  const auto standard = standard_classes();
  std::vector<std::uint8_t> label(standard.size() + 1, 0);
  for (std::size_t truth = 0; truth < standard.size(); ++truth) {
    const SegmentSpec& wanted = standard[truth].segment;
    const auto found = std::ranges::find_if(classes, [&](const ModelClass& one) {
      return same_but_side(one.segment, wanted) && side_of(one.segment) == side_of(wanted);
    });
    if (found != classes.end()) {
      label[truth + 1] = static_cast<std::uint8_t>(found - classes.begin() + 1);
    }
  }
  return label;
}

/// On each line from right to left all between the outermost lung.
std::vector<std::uint8_t> lungs_and_between(const Geometry& grid, std::vector<std::uint8_t> lung) {
  for (std::size_t row = 0; row < lung.size(); row += static_cast<std::size_t>(grid.size[2])) {
    const auto begin = lung.begin() + static_cast<std::ptrdiff_t>(row);
    const auto end = begin + grid.size[2];
    const auto is_lung = [](std::uint8_t value) { return value != 0; };
    const auto first = std::find_if(begin, end, is_lung);
    if (first == end) continue;
    const auto last =
        std::find_if(std::make_reverse_iterator(end), std::make_reverse_iterator(first), is_lung);
    std::fill(first, last.base(), std::uint8_t{1});
  }
  return lung;
}

class PhantomCases : public CaseSource {
 public:
  PhantomCases(const PhantomCasesOptions& options, std::vector<ModelClass> classes)
      : options_(options), classes_(std::move(classes)) {}

  [[nodiscard]] std::size_t count() const override { return options_.count; }
  [[nodiscard]] CaseName name(std::size_t i) const override {
    return {.ct = fmt::format("phantom seed {}", options_.first_seed + i),
            .labels = phantom::describe(phantom_options(i)),
            .kind = options_.range == PhantomRange::kShifted ? "phantom, outside training"
                                                             : "phantom, as in training",
            .synthetic = true};
  }
  [[nodiscard]] Result<LoadedCase> load(std::size_t i) const override {
    return phantom_case(phantom_options(i), classes_);
  }

 private:
  [[nodiscard]] PhantomOptions phantom_options(std::size_t i) const {
    const std::uint64_t seed = options_.first_seed + i;
    return options_.range == PhantomRange::kShifted ? phantom::shifted_options(seed)
                                                    : phantom::training_options(seed);
  }

  PhantomCasesOptions options_;
  std::vector<ModelClass> classes_;
};

}  // namespace

LoadedCase phantom_case(const PhantomOptions& options, const std::vector<ModelClass>& classes) {
  phantom::Phantom patient = phantom::make_phantom(options);
  const auto label = labels_of(classes);
  for (std::uint8_t& voxel : patient.truth.label) voxel = label[voxel];
  LoadedCase one{.ct = std::move(patient.ct),
                 .reference = std::move(patient.truth),
                 .labelled = std::vector<std::uint8_t>(classes.size(), 0),
                 .plausible = {}};
  for (const std::uint8_t known : label) {
    if (known != 0) one.labelled[known - 1U] = 1;
  }
  one.plausible = lungs_and_between(one.ct.geometry, std::move(patient.lung));
  return one;
}

std::unique_ptr<CaseSource> phantom_cases(const PhantomCasesOptions& options,
                                          const std::vector<ModelClass>& classes) {
  return std::make_unique<PhantomCases>(options, classes);
}

}  // namespace hilum::model::evaluate
