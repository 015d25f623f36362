// Do words steer? On synthetic patients that no training saw: a phrasing that was never trained
// against the class's own prompt, prompts of unions against the union of the classes, left against
// right. Sides are decided as the node decides them: by the network or by the patient's anatomy, as
// the bundle says.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "model/give_sides.h"
#include "model/lacaf.h"
#include "model/phantom/structure.h"
#include "model/phantom/variation.h"
#include "model/preprocess.h"
#include "model/prompt.h"
#include "model/region_windows.h"
#include "model/sliding_window.h"
#include "model/train/file_source.h"
#include "model/train/vocabulary.h"
#include "tests/bench/must.h"

using namespace hilum;
using namespace hilum::model;
using bench::must;
using train::label_set;
using train::LabelSet;

namespace {

/// Voxels of the crop where a prompt says yes.
using Mask = std::vector<bool>;

struct Patient {
  ModelImage image;
  std::vector<std::uint8_t> structure;  ///< on the crop
};

Patient patient_of(std::uint64_t seed, const Manifest& manifest) {
  const auto made = phantom::make_phantom(phantom::training_options(seed));
  Patient patient;
  patient.image = must(preprocess(made.ct, {.spacing_mm = manifest.spacing_mm,
                                            .hu_range = manifest.hu_range,
                                            .threads = 0,
                                            .side = manifest.side}));
  patient.structure =
      train::resample_labels(made.structures, patient.image.grid, patient.image.crop);
  return patient;
}

constexpr LabelSet kLeft = label_set(1) | label_set(2);
constexpr LabelSet kRight = label_set(3) | label_set(4);

/// A class that is about `labels`, for one side of the patient or both.
ModelClass class_about(LabelSet labels, const std::string& prompt, std::size_t number) {
  const bool right = (labels & kLeft) == 0 && (labels & kRight) != 0;
  const bool left = (labels & kRight) == 0 && (labels & kLeft) != 0;
  ModelClass made = standard_classes()[right ? 2 : 0];
  made.prompt = prompt;
  made.segment.label = fmt::format("prompt {}", number);
  // The same for the same vessels of either side.
  const LabelSet vessels = (labels | labels >> 2U) & kLeft;
  made.segment.type.value = fmt::format("vessels {}", vessels);
  if (!left && !right) {
    made.segment.type_modifier.reset();
    made.segment.region_modifier.reset();
  }
  return made;
}

struct Question {
  std::string prompt;
  LabelSet labels;  ///< what it is about
};

/// What the node makes of prompts that are asked together.
std::vector<Mask> ask(const std::string& file, const std::vector<Question>& prompts,
                      const Patient& patient, double overlap) {
  ModelBundle bundle = must(ModelBundle::open(file));
  std::vector<ModelClass> classes;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    classes.push_back(class_about(prompts[i].labels, prompts[i].prompt, i));
  }
  bundle = must(with_classes(std::move(bundle), classes));
  const SlidingWindowOptions windows{.window = bundle.manifest().window,
                                     .overlap = overlap,
                                     .channels = static_cast<int>(prompts.size())};
  const ModelImage& image = patient.image;
  WindowPlan plan = plan_windows(image.crop.size(), windows);
  if (image.lungs.found()) drop_windows_that_hardly_count(plan, region_voxels(image), windows);
  const LaCaf network = must(LaCaf::load(bundle, {.device = "auto"}));
  const ProgressSink quiet;
  auto values =
      must(network.sliding_window(image.value, image.crop.size(), windows, plan, {quiet, {}}));
  to_probabilities(values, windows.channels, image, 0);
  if (bundle.manifest().side == SideSource::kAnatomy) {
    give_sides(values, image.crop, sided_vessels(classes), image.sides, {});
  }
  const std::size_t voxels = patient.structure.size();
  std::vector<Mask> masks;
  for (std::size_t k = 0; k < prompts.size(); ++k) {
    Mask mask(voxels);
    for (std::size_t i = 0; i < voxels; ++i) mask[i] = values[k * voxels + i] > 0.5F;
    masks.push_back(std::move(mask));
  }
  return masks;
}

Mask truth_of(const Patient& patient, LabelSet labels) {
  Mask mask(patient.structure.size());
  for (std::size_t i = 0; i < mask.size(); ++i) {
    mask[i] = patient.structure[i] != 0 && (labels & label_set(patient.structure[i])) != 0;
  }
  return mask;
}

Mask either(const Mask& a, const Mask& b) {
  Mask mask(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) mask[i] = a[i] || b[i];
  return mask;
}

/// Sums over patients, so that small volumes do not weigh as much as large ones.
struct Overlap {
  double both = 0, sum = 0;
  void add(const Mask& a, const Mask& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      both += a[i] && b[i] ? 1 : 0;
      sum += (a[i] ? 1 : 0) + (b[i] ? 1 : 0);
    }
  }
  [[nodiscard]] double dice() const { return sum > 0 ? 2 * both / sum : 0; }
};

using Table = std::map<std::string, Overlap>;

void measure(const std::string& file, const Patient& patient, std::uint64_t seed, double overlap,
             Table& table) {
  const auto targets = train::targets();
  std::vector<Question> own;
  const ModelBundle bundle = must(ModelBundle::open(file));
  for (const ModelClass& one : bundle.manifest().classes) {
    own.push_back({.prompt = one.prompt, .labels = targets[own.size()].labels});
  }
  const auto classes = ask(file, own, patient, overlap);
  for (std::uint64_t variant = 0; variant < 2; ++variant) {
    train::Draw draw(seed, "words", variant);
    std::vector<Question> said;
    for (std::size_t k = 0; k < own.size(); ++k) {
      said.push_back({.prompt = train::phrase(targets[k], train::Phrasing::kHeldOut, draw),
                      .labels = targets[k].labels});
    }
    const auto heard = ask(file, said, patient, overlap);
    for (std::size_t k = 0; k < own.size(); ++k) {
      const std::string name(targets[k].name);
      table["1 own prompt against truth: " + name].add(classes[k],
                                                       truth_of(patient, targets[k].labels));
      table["2 held-out phrasing against truth: " + name].add(heard[k],
                                                              truth_of(patient, targets[k].labels));
      table["3 held-out phrasing against own prompt: " + name].add(heard[k], classes[k]);
    }
  }
  const auto unions = ask(file,
                          {{.prompt = "pulmonary arteries", .labels = targets[4].labels},
                           {.prompt = "pulmonary veins", .labels = targets[5].labels}},
                          patient, overlap);
  const std::array<Mask, 2> of_classes{either(classes[0], classes[2]),
                                       either(classes[1], classes[3])};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string name = i == 0 ? "pulmonary arteries" : "pulmonary veins";
    table["4 prompt of a union against truth: " + name].add(
        unions[i], truth_of(patient, targets[4 + i].labels));
    table["5 prompt of a union against the union of classes: " + name].add(unions[i],
                                                                           of_classes[i]);
  }
  // What "vessels" finds that artery and vein together do not is where these two are doubted.
  const Mask any = truth_of(patient, targets[8].labels);
  const auto vessels = ask(file,
                           {{.prompt = "pulmonary vessels", .labels = targets[8].labels},
                            {.prompt = "aorta", .labels = targets[9].labels}},
                           patient, overlap);
  table["5 prompt of all vessels against truth"].add(vessels[0], any);
  table["5 union of the classes against the truth of all vessels"].add(
      either(of_classes[0], of_classes[1]), any);
  const auto sides = ask(file,
                         {{.prompt = "vessels of the left lung", .labels = targets[6].labels},
                          {.prompt = "vessels of the right lung", .labels = targets[7].labels}},
                         patient, overlap);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string name = i == 0 ? "left" : "right";
    table["6 prompt of a side against truth: " + name].add(
        sides[i], truth_of(patient, targets[6 + i].labels));
    table["7 the same against the other side's truth: " + name].add(
        sides[i], truth_of(patient, targets[7 - i].labels));
  }
  std::vector<Question> neighbours;
  for (std::size_t i = 9; i < targets.size(); ++i) {
    neighbours.push_back({.prompt = std::string(targets[i].name), .labels = targets[i].labels});
  }
  const auto others = ask(file, neighbours, patient, overlap);
  for (std::size_t i = 0; i < 4; ++i) {
    table["8 prompt of a neighbour against truth: " + std::string(targets[9 + i].name)].add(
        others[i], truth_of(patient, targets[9 + i].labels));
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures whether the words of a promptable bundle steer what it segments");
  std::string bundle;
  std::uint64_t first = 1'000'000;
  int count = 8;
  double overlap = 0.25;
  app.add_option("BUNDLE", bundle)->required();
  app.add_option("--first-seed", first, "Of the synthetic patients")->capture_default_str();
  app.add_option("--count", count, "Synthetic patients")->capture_default_str();
  app.add_option("--overlap", overlap, "Of windows")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  Table table;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    fmt::print(stderr, "patient {} of {}\n", i + 1, count);
    const Patient patient = patient_of(seed, must(ModelBundle::open(bundle)).manifest());
    measure(bundle, patient, seed, overlap, table);
  }
  fmt::print("Dice over {} synthetic patients from seed {}; it says nothing about real CT\n", count,
             first);
  for (const auto& [name, dice] : table) fmt::print("{:62} {:.3f}\n", name, dice.dice());
  return 0;
}
