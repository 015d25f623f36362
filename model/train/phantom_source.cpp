#include "model/train/phantom_source.h"

#include <fmt/format.h>

#include <utility>

#include "model/phantom/generator_version.h"
#include "model/phantom/structure.h"
#include "model/phantom/variation.h"
#include "model/train/file_source.h"

namespace hilum::model::train {
namespace {

constexpr int kClasses = 4;
constexpr int kLabels = phantom::kVenaCava;  ///< the last of the structures

class PhantomSource : public SampleSource {
 public:
  explicit PhantomSource(const PhantomSourceOptions& options) : options_(options) {}

  [[nodiscard]] int count() const override { return options_.volumes; }
  [[nodiscard]] int labels() const override { return kLabels; }
  [[nodiscard]] std::string identity() const override {
    return fmt::format("phantoms {} from seed {}, generator {}", options_.volumes,
                       options_.first_seed, phantom::kGeneratorVersion);
  }
  [[nodiscard]] std::string description() const override {
    return fmt::format("{} synthetic chest CTs (seeds {} to {}, generator {})", options_.volumes,
                       options_.first_seed,
                       options_.first_seed + static_cast<std::uint64_t>(options_.volumes) - 1,
                       phantom::kGeneratorVersion);
  }

  [[nodiscard]] Result<SamplePtr> get(int index) const override {
    const std::uint64_t seed = options_.first_seed + static_cast<std::uint64_t>(index);
    auto sample = std::make_shared<Sample>();
    sample->name = fmt::format("synthetic patient {}", seed);
    const phantom::Phantom patient = phantom::make_phantom(phantom::training_options(seed));
    auto image = preprocess(patient.ct, options_.preprocess);
    if (!image) return std::move(image).error().in(sample->name);
    sample->size = image->crop.size();
    sample->label = resample_labels(patient.structures, image->grid, image->crop);
    sample->image = std::move(image->value);
    sample->labelled.assign(kLabels, 1);
    if (auto done = finish_sample(*sample, kClasses); !done) return std::move(done).error();
    return SamplePtr(std::move(sample));
  }

 private:
  PhantomSourceOptions options_;
};

}  // namespace

std::shared_ptr<const SampleSource> phantom_source(const PhantomSourceOptions& options) {
  return std::make_shared<PhantomSource>(options);
}

}  // namespace hilum::model::train
