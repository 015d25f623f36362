// How well does a bundle's text tower read? Without any CT: the text feature of every held-out
// phrasing against the mean feature of what its target is called in training, and against the
// means of the other targets. Sides are no meanings of their own where the anatomy gives them.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/text_tower.h"
#include "model/train/vocabulary.h"
#include "tests/bench/must.h"

using namespace hilum;
using namespace hilum::model;
using bench::must;

namespace {

using Feature = std::vector<double>;

struct Meaning {
  std::string name;
  std::vector<train::Target> targets;  ///< that are the same to the network
  Feature mean;
};

/// Targets of one side and the other mean the same when the anatomy gives the sides.
std::vector<Meaning> meanings_of(SideSource side) {
  const auto all = train::targets();
  std::vector<Meaning> meanings;
  for (const train::Target& target : all)
    meanings.push_back({std::string(target.name), {target}, {}});
  if (side == SideSource::kNetwork) return meanings;
  const auto join = [&](std::string name, std::vector<std::size_t> which) {
    Meaning made{.name = std::move(name), .targets = {}, .mean = {}};
    for (const std::size_t i : which) made.targets.push_back(all[i]);
    return made;
  };
  std::vector<Meaning> joined{join("arteries", {0, 2, 4}), join("veins", {1, 3, 5}),
                              join("vessels", {6, 7, 8})};
  for (std::size_t i = 9; i < meanings.size(); ++i) joined.push_back(meanings[i]);
  return joined;
}

std::vector<Feature> embed(const TextTower& tower, const std::vector<std::string>& texts) {
  const auto rows = must(tower.embed_all(texts));
  std::vector<Feature> features;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto* begin = rows.data() + i * kTextFeatures;
    features.emplace_back(begin, begin + kTextFeatures);
  }
  return features;
}

Feature mean_of(const std::vector<Feature>& features) {
  Feature mean(kTextFeatures, 0);
  for (const Feature& one : features) {
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += one[i] / static_cast<double>(features.size());
    }
  }
  return mean;
}

double squared_distance(const Feature& a, const Feature& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// How far a feature has gone from its own meaning to another one: 0 at its own, 1 at the other.
double way(const Feature& feature, const Feature& own, const Feature& other) {
  double along = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    along += (feature[i] - own[i]) * (other[i] - own[i]);
  }
  return along / squared_distance(own, other);
}

struct Reading {
  double off = 0;  ///< squared distance to the own mean, in units of its squared length
  double way = 0;  ///< to the meaning it has gone furthest to
  std::string to;
};

Reading reading_of(const Feature& feature, const Meaning& own,
                   const std::vector<Meaning>& meanings) {
  Reading reading{.off = squared_distance(feature, own.mean) /
                         squared_distance(own.mean, Feature(kTextFeatures, 0)),
                  .way = -1,
                  .to = {}};
  for (const Meaning& other : meanings) {
    if (&other == &own) continue;
    const double gone = way(feature, own.mean, other.mean);
    if (gone > reading.way) {
      reading.way = gone;
      reading.to = other.name;
    }
  }
  return reading;
}

std::vector<std::string> trained_phrases(const Meaning& meaning, int each) {
  std::vector<std::string> texts;
  for (const train::Target& target : meaning.targets) {
    train::Draw draw(1, "measure reading", target.labels);
    for (int i = 0; i < each; ++i) {
      texts.push_back(train::phrase(target, train::Phrasing::kTrained, draw));
    }
  }
  return texts;
}

std::vector<std::string> held_out(const Meaning& meaning) {
  std::vector<std::string> texts;
  for (const train::Target& target : meaning.targets) {
    for (std::string& text : train::held_out_phrases(target)) texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures how well the text tower of a bundle reads phrasings that no training saw");
  std::string file;
  int each = 60;
  bool phrases = false;
  app.add_option("BUNDLE", file)->required();
  app.add_option("--trained", each, "Trained phrasings of each target that give its mean")
      ->capture_default_str();
  app.add_flag("--phrases", phrases, "A line for each held-out phrasing");
  CLI11_PARSE(app, argc, argv);
  const ModelBundle bundle = must(ModelBundle::open(file));
  const TextTower tower = must(TextTower::make(must(bundle.text_tower())));
  auto meanings = meanings_of(bundle.manifest().side);
  for (Meaning& one : meanings) one.mean = mean_of(embed(tower, trained_phrases(one, each)));

  fmt::print(
      "off: squared distance to the own meaning over its squared length\n"
      "way: share of the way to another meaning, the nearest\n\n");
  fmt::print("{:12} {:>8} {:>8} {:>8}  {}\n", "meaning", "off mean", "way mean", "way max",
             "furthest phrase");
  for (const Meaning& own : meanings) {
    const auto texts = held_out(own);
    const auto features = embed(tower, texts);
    double off = 0;
    double gone = 0;
    Reading worst{.off = 0, .way = -1, .to = {}};
    std::string worst_text;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const Reading one = reading_of(features[i], own, meanings);
      if (phrases) fmt::print("  {:5.2f} {:5.2f} {:12} {}\n", one.off, one.way, one.to, texts[i]);
      off += one.off / static_cast<double>(texts.size());
      gone += one.way / static_cast<double>(texts.size());
      if (one.way > worst.way) {
        worst = one;
        worst_text = texts[i];
      }
    }
    fmt::print("{:12} {:8.3f} {:8.3f} {:8.3f}  {} (to {})\n", own.name, off, gone, worst.way,
               worst_text, worst.to);
  }
  return 0;
}
