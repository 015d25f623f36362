#include "model/train/vocabulary.h"

#include <algorithm>
#include <array>

#include "model/train/phrasings.h"

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

Phrasings names_of(const Target& target) {
  const LabelSet labels = target.labels;
  if (labels == label_set(5)) return names_of(Named::kAorta);
  if (labels == label_set(6)) return names_of(Named::kAirways);
  if (labels == label_set(7)) return names_of(Named::kHeart);
  if (labels == label_set(8)) return names_of(Named::kVenaCava);
  if (labels == (kLeft | kRight)) return names_of(Named::kVessels);
  if (labels == kLeft || labels == kRight) return names_of(Named::kSidedVessels);
  if (labels == kArteries || labels == kVeins) return names_of(Named::kVessel);
  return names_of(Named::kSidedVessel);
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
  const Phrasings names = names_of(target);
  if (phrasing == Phrasing::kHeldOut) {
    const std::string name = name_in_words(pick(names.held_out, draw), target);
    return framed(pick(frames().held_out, draw), name);
  }
  const std::string name = name_in_words(pick(names.trained, draw), target);
  std::string text = framed(pick(frames().trained, draw), name);
  roughen(text, draw);
  return text;
}

std::vector<std::string> held_out_phrases(const Target& target) {
  std::vector<std::string> phrases;
  for (const std::string_view name : names_of(target).held_out) {
    for (const std::string_view frame : frames().held_out) {
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
