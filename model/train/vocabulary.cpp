#include "model/train/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace hilum::model::train {
namespace {

constexpr LabelSet kLeft = label_set(1) | label_set(2);
constexpr LabelSet kRight = label_set(3) | label_set(4);
constexpr LabelSet kArteries = label_set(1) | label_set(3);
constexpr LabelSet kVeins = label_set(2) | label_set(4);
constexpr int kClasses = 4;

constexpr std::array kTargets{
    Target{"left artery", label_set(1)},  Target{"left vein", label_set(2)},
    Target{"right artery", label_set(3)}, Target{"right vein", label_set(4)},
    Target{"arteries", kArteries},        Target{"veins", kVeins},
    Target{"left vessels", kLeft},        Target{"right vessels", kRight},
    Target{"vessels", kLeft | kRight},    Target{"aorta", label_set(5)},
    Target{"airways", label_set(6)},      Target{"heart", label_set(7)},
    Target{"vena cava", label_set(8)},
};

/// Names with `{s}` for the side and `{a}`, `{A}`, `{d}` for one vessel, several, and the
/// adjective.
struct Names {
  std::span<const std::string_view> trained;
  std::span<const std::string_view> held_out;
};

using Texts = std::string_view;
constexpr std::array<Texts, 24> kSidedVessel{
    "{s} {a}",
    "{s} {A}",
    "{s} pulmonary {a}",
    "{s} pulmonary {A}",
    "{A} of the {s} lung",
    "{a} of the {s} lung",
    "pulmonary {A} of the {s} lung",
    "{s} lung {a}",
    "{s} lung {A}",
    "{d} tree of the {s} lung",
    "{s} pulmonary {d} tree",
    "pulmonary {a}, {s}",
    "pulmonary {A} on the {s} side",
    "{s}-sided pulmonary {A}",
    "{d} vessels in the {s} lung",
    "{A} within the {s} hemithorax",
    "{A} in the {s} lung",
    "{s} lung: {A}",
    "{A}, {s} lung",
    "{d} vasculature, {s} lung",
    "{d} system of the {s} lung",
    "{s}-lung {d} tree",
    "the {s} {a} and all that it divides into",
    "{a}, pulmonary, {s}",
};
constexpr std::array<Texts, 4> kSidedVesselHeldOut{
    "{d} branches of the {s} lung",
    "{s} side {d} vessels",
    "lung {A}, {s} only",
    "{s} intrapulmonary {A}",
};
constexpr std::array<Texts, 17> kVessel{
    "{A}",
    "pulmonary {A}",
    "pulmonary {a}",
    "lung {A}",
    "{A} of the lungs",
    "{A} of both lungs",
    "pulmonary {d} tree",
    "{d} vessels of the lungs",
    "left and right pulmonary {A}",
    "all pulmonary {A}",
    "{A} in both lungs",
    "{A} on both sides",
    "bilateral pulmonary {A}",
    "{d} system of the lungs",
    "{d} vasculature",
    "each pulmonary {a}",
    "{a} tree, left and right",
};
constexpr std::array<Texts, 3> kVesselHeldOut{
    "{d} branches in both lungs",
    "every {a} of the lung",
    "intrapulmonary {A}",
};
constexpr std::array<Texts, 11> kSidedAll{
    "all vessels of the {s} lung",
    "vessels of the {s} lung",
    "{s} pulmonary vessels",
    "{s} lung vessels",
    "arteries and veins of the {s} lung",
    "{s} pulmonary arteries and veins",
    "vascular tree of the {s} lung",
    "blood vessels in the {s} lung",
    "all vessels, {s} lung",
    "every vessel of the {s} lung",
    "{s} lung vasculature",
};
constexpr std::array<Texts, 2> kSidedAllHeldOut{
    "whole vasculature of the {s} lung",
    "{s} side pulmonary blood vessels",
};
constexpr std::array<Texts, 11> kAll{
    "vessels",
    "pulmonary vessels",
    "lung vessels",
    "all vessels of the lungs",
    "pulmonary arteries and veins",
    "arteries and veins of both lungs",
    "vascular tree of the lungs",
    "blood vessels of the lungs",
    "pulmonary vasculature",
    "each vessel of both lungs",
    "vessels, left and right lung",
};
constexpr std::array<Texts, 2> kAllHeldOut{"whole vasculature of the lungs",
                                           "every blood vessel in the lungs"};
constexpr std::array<Texts, 5> kAorta{"aorta", "thoracic aorta", "aortic arch and aorta",
                                      "ascending and descending aorta", "main artery of the body"};
constexpr std::array<Texts, 1> kAortaHeldOut{"aorta of the chest"};
constexpr std::array<Texts, 6> kAirways{
    "airways",        "airway tree",           "trachea and bronchi",
    "bronchial tree", "tracheobronchial tree", "bronchi"};
constexpr std::array<Texts, 1> kAirwaysHeldOut{"windpipe and bronchi"};
constexpr std::array<Texts, 5> kHeart{"heart", "heart with its chambers", "cardiac chambers",
                                      "heart muscle and chambers", "cardiac silhouette"};
constexpr std::array<Texts, 1> kHeartHeldOut{"whole heart"};
constexpr std::array<Texts, 5> kCava{"vena cava", "superior vena cava", "caval veins",
                                     "vena cava and brachiocephalic veins",
                                     "great veins of the mediastinum"};
constexpr std::array<Texts, 1> kCavaHeldOut{"systemic veins of the chest"};

constexpr std::array<Texts, 36> kFrames{
    "{}",
    "{}",
    "the {}",
    "a {}",
    "A computerized tomography of a {}",
    "A computerized tomography of the {}",
    "a computed tomography of the {}",
    "CT of the {}",
    "a chest CT of the {}",
    "CT scan of the {}",
    "CT scan showing the {}",
    "{} on chest CT",
    "segment the {}",
    "segmentation of the {}",
    "mark the {}",
    "find the {}",
    "label map of the {}",
    "show the {} in this scan",
    "a volume rendering of the {}",
    "contour the {}",
    "where is the {}?",
    "slices through the {}",
    "the {} of this patient",
    "I would like to see the {}",
    "highlight the {}",
    "annotate the {} here",
    "in this study: {}",
    "{} only",
    "only the {}",
    "the entire {}",
    "extract the {} from the scan",
    "CT, {}",
    "could you label the {}",
    "a radiograph in three dimensions, {}",
    "result: {}",
    "give every voxel of the {}",
};
constexpr std::array<Texts, 4> kHeldOutFrames{
    "an image with the {}",
    "delineate the {}",
    "thorax scan, {}",
    "please outline the {} for me",
};

Names names_of(const Target& target) {
  const LabelSet labels = target.labels;
  if (labels == label_set(5)) return {kAorta, kAortaHeldOut};
  if (labels == label_set(6)) return {kAirways, kAirwaysHeldOut};
  if (labels == label_set(7)) return {kHeart, kHeartHeldOut};
  if (labels == label_set(8)) return {kCava, kCavaHeldOut};
  if (labels == (kLeft | kRight)) return {kAll, kAllHeldOut};
  if (labels == kLeft || labels == kRight) return {kSidedAll, kSidedAllHeldOut};
  if (labels == kArteries || labels == kVeins) return {kVessel, kVesselHeldOut};
  return {kSidedVessel, kSidedVesselHeldOut};
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
  }
}

std::string name_in_words(std::string_view name, const Target& target) {
  const bool artery = (target.labels & kArteries) != 0;
  std::string text(name);
  replace_all(text, "{s}", (target.labels & kLeft) != 0 ? "left" : "right");
  replace_all(text, "{a}", artery ? "artery" : "vein");
  replace_all(text, "{A}", artery ? "arteries" : "veins");
  replace_all(text, "{d}", artery ? "arterial" : "venous");
  return text;
}

std::string framed(std::string_view frame, const std::string& name) {
  std::string text(frame);
  replace_all(text, "{}", name);
  return text;
}

std::string_view pick(std::span<const std::string_view> from, Draw& draw) {
  return from[draw.below(from.size())];
}

char letter(Draw& draw) { return static_cast<char>('a' + static_cast<char>(draw.below(26))); }

/// Random letters, no word of any language.
std::string nonsense(std::uint64_t least, std::uint64_t most, Draw& draw) {
  std::string word(least + draw.below(most - least + 1), ' ');
  for (char& one : word) one = letter(draw);
  return word;
}

/// Where words begin.
std::vector<std::size_t> beginnings(std::string_view text) {
  std::vector<std::size_t> places{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') places.push_back(i + 1);
  }
  return places;
}

/// Puts a word between two others, in front of all or behind.
void insert_word(std::string& text, const std::string& word, Draw& draw) {
  const auto places = beginnings(text);
  const std::size_t place = draw.below(places.size() + 1);
  if (place == places.size()) {
    text += " " + word;
  } else {
    text.insert(places[place], word + " ");
  }
}

/// A slip of the pen: a letter left out, doubled or wrong, or letters in front of a word.
void misspell(std::string& text, Draw& draw) {
  const std::size_t at = draw.below(text.size());
  const auto places = beginnings(text);
  switch (draw.below(4)) {
    case 0:
      text.erase(at, 1);
      break;
    case 1:
      text.insert(at, 1, text[at]);
      break;
    case 2:
      text[at] = letter(draw);
      break;
    default:
      text.insert(places[draw.below(places.size())], nonsense(1, 5, draw));
  }
}

/// What a phrase has to bear with: words that nobody taught, and slips.
void roughen(std::string& text, Draw& draw) {
  constexpr double kNonsense = 0.5;
  constexpr std::uint64_t kMostWords = 4;
  constexpr double kSlip = 0.15;
  constexpr std::size_t kLongest = 115;  // of 126 bytes that the small tower reads
  if (draw.with_probability(kNonsense)) {
    for (std::uint64_t left = 1 + draw.below(kMostWords); left > 0; --left) {
      const std::string word = nonsense(2, 9, draw);
      if (text.size() + word.size() < kLongest) insert_word(text, word, draw);
    }
  }
  if (draw.with_probability(kSlip)) misspell(text, draw);
}

Prompt prompt_for(const Target& target, Draw& draw) {
  return {.text = phrase(target, Phrasing::kTrained, draw), .labels = target.labels};
}

std::vector<Prompt> the_classes(std::span<const std::string> class_prompts, Draw& draw) {
  std::vector<Prompt> prompts;
  for (std::size_t k = 0; k < kClasses; ++k) {
    prompts.push_back(prompt_for(kTargets[k], draw));
    if (k < class_prompts.size() && draw.with_probability(0.5)) {
      prompts.back().text = class_prompts[k];
    }
  }
  return prompts;
}

/// Adds prompts of targets first..last - 1 that are not there yet, in random order.
void add_others(std::size_t count, std::size_t first, std::size_t last, Draw& draw,
                std::vector<Prompt>& prompts) {
  const std::size_t wanted = prompts.size() + count;
  while (prompts.size() < wanted) {
    const Target& target = kTargets[first + draw.below(last - first)];
    const bool there = std::ranges::any_of(
        prompts, [&](const Prompt& one) { return one.labels == target.labels; });
    if (!there) prompts.push_back(prompt_for(target, draw));
  }
}

}  // namespace

std::span<const Target> targets() { return kTargets; }

std::string phrase(const Target& target, Phrasing phrasing, Draw& draw) {
  const Names names = names_of(target);
  if (phrasing == Phrasing::kHeldOut) {
    const std::string name = name_in_words(pick(names.held_out, draw), target);
    return framed(pick(kHeldOutFrames, draw), name);
  }
  const std::string name = name_in_words(pick(names.trained, draw), target);
  std::string text = framed(pick(kFrames, draw), name);
  roughen(text, draw);
  return text;
}

std::vector<std::string> held_out_phrases(const Target& target) {
  std::vector<std::string> phrases;
  for (const std::string_view name : names_of(target).held_out) {
    for (const std::string_view frame : kHeldOutFrames) {
      phrases.push_back(framed(frame, name_in_words(name, target)));
    }
  }
  return phrases;
}

std::vector<Prompt> prompts_of_step(std::span<const std::string> class_prompts, Draw& draw) {
  constexpr std::size_t kArteriesAt = 4;
  constexpr std::size_t kNeighboursAt = 9;
  // Arteries against veins of both lungs is what is hardest to learn and cheapest to ask.
  const double kind = draw.uniform();
  if (kind < 0.3) return the_classes(class_prompts, draw);
  if (kind < 0.65) {
    return {prompt_for(kTargets[kArteriesAt], draw), prompt_for(kTargets[kArteriesAt + 1], draw)};
  }
  if (kind < 0.8) {
    auto prompts = the_classes(class_prompts, draw);
    add_others(1 + draw.below(2), kNeighboursAt, kTargets.size(), draw, prompts);
    return prompts;
  }
  std::vector<Prompt> prompts;
  add_others(2 + draw.below(4), 0, kTargets.size(), draw, prompts);
  return prompts;
}

}  // namespace hilum::model::train
