#include "model/train/prompts.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "model/standard_classes.h"
#include "model/train/asking.h"
#include "model/train/vocabulary.h"
#include "tests/unit/model/train/promptable.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

TEST_CASE("tokenize: rows are filled behind their end token, which keeps the largest id") {
  const std::vector<std::string> texts{"left artery", "aorta"};
  const auto rows = tokenize(Tokenizer::bytes(), texts, 128);
  REQUIRE(rows);
  CHECK(rows->texts == 2);
  CHECK(rows->length == 13);  // 11 bytes, start and end
  CHECK(rows->ids[12] == 257);
  CHECK(rows->ids[13 + 6] == 257);
  for (std::size_t i = 13 + 7; i < 26; ++i) CHECK(rows->ids[i] == 0);
}

TEST_CASE("tokenize: a text that is too long is named") {
  const std::vector<std::string> texts{"short", std::string(200, 'x')};
  const auto rows = tokenize(Tokenizer::bytes(), texts, 128);
  REQUIRE_FALSE(rows);
  CHECK(rows.error().message.find("xxx") != std::string::npos);
}

TEST_CASE("labelled_prompts: a union is labelled only where all its parts are") {
  // Window 0 labels values 1 and 2, window 1 all four.
  const std::vector<std::uint8_t> labelled{1, 1, 0, 0, 1, 1, 1, 1};
  const std::vector<LabelSet> targets{label_set(1), label_set(1) | label_set(3),
                                      label_set(1) | label_set(2), label_set(4)};
  const std::vector<std::uint8_t> expected{1, 0, 1, 0, 1, 1, 1, 1};
  CHECK(labelled_prompts(labelled, 2, targets) == expected);
}

TEST_CASE("vocabulary: held-out phrasings are never drawn for training") {
  std::set<std::string> held_out;
  for (const Target& target : targets()) {
    const auto phrases = held_out_phrases(target);
    CHECK(phrases.size() >= 4);
    held_out.insert(phrases.begin(), phrases.end());
    Draw draw(3, "test", 0);
    for (int i = 0; i < 20; ++i) CHECK(held_out.contains(phrase(target, Phrasing::kHeldOut, draw)));
  }
  Draw draw(1, "test", 0);
  for (int i = 0; i < 20'000; ++i) {
    const Target& target = targets()[draw.below(targets().size())];
    const std::string said = phrase(target, Phrasing::kTrained, draw);
    CAPTURE(said);
    REQUIRE_FALSE(held_out.contains(said));
  }
}

TEST_CASE("vocabulary: no phrasing means two things") {
  std::map<std::string, LabelSet> meaning;
  Draw draw(2, "test", 0);
  for (int i = 0; i < 20'000; ++i) {
    const Target& target = targets()[draw.below(targets().size())];
    const std::string said = phrase(target, Phrasing::kTrained, draw);
    CAPTURE(said);
    const auto [known, is_new] = meaning.emplace(said, target.labels);
    REQUIRE(known->second == target.labels);
    REQUIRE(said.find('{') == std::string::npos);
    REQUIRE(said.size() <= 126);  // fits the small tower
  }
  CHECK(meaning.size() > 5000);
}

TEST_CASE("prompts_of_step: different targets, of varying number, the classes in their order") {
  std::vector<std::string> own;
  for (const ModelClass& one : standard_classes()) own.push_back(one.prompt);
  std::set<std::size_t> sizes;
  int with_own_words = 0;
  int whole_sets = 0;
  for (std::uint64_t step = 0; step < 2000; ++step) {
    Draw draw(1, "prompts", step);
    const auto prompts = prompts_of_step(own, draw);
    std::set<LabelSet> distinct;
    for (const Prompt& prompt : prompts) distinct.insert(prompt.labels);
    REQUIRE(distinct.size() == prompts.size());
    REQUIRE(prompts.size() >= 2);
    sizes.insert(prompts.size());
    if (prompts.size() < 4 || prompts[0].labels != label_set(1)) continue;
    ++whole_sets;
    with_own_words += prompts[0].text == own[0] ? 1 : 0;
  }
  CHECK(sizes == std::set<std::size_t>{2, 3, 4, 5, 6});
  CHECK(whole_sets > 700);
  CHECK(with_own_words > whole_sets / 3);
}

TEST_CASE("asking: a function of seed and step; classes alone without a tower that learns") {
  const auto start = test::promptable();
  const auto asking = Asking::make(start, 7);
  REQUIRE(asking);
  CHECK(asking->by_prompts());
  CHECK(asking->class_prompts().texts == 4);
  const auto once = asking->of_step(12);
  const auto again = asking->of_step(12);
  REQUIRE((once && again));
  CHECK(once->targets == again->targets);
  CHECK(once->tokens.ids == again->tokens.ids);
  CHECK(once->tokens.texts == std::ssize(once->targets));

  const auto frozen =
      fresh_network({.width = 2, .window = 16, .seed = 1, .text_from = nullptr, .text = {}});
  REQUIRE(frozen);
  const auto classes = Asking::make(*frozen, 7);
  REQUIRE(classes);
  CHECK_FALSE(classes->by_prompts());
  CHECK(classes->of_step(3)->targets == class_query(4).targets);
  CHECK(classes->of_step(3)->tokens.texts == 0);
}

TEST_CASE("asking: where anatomy gives the sides, a prompt of one side means either") {
  auto start = test::promptable();
  start.manifest.side = SideSource::kAnatomy;
  const auto asking = Asking::make(start, 7);
  start.manifest.side = SideSource::kNetwork;
  const auto sided = Asking::make(start, 7);
  REQUIRE((asking && sided));
  const LabelSet arteries = label_set(1) | label_set(3);
  const LabelSet veins = label_set(2) | label_set(4);
  const Query classes = asking->classes();
  CHECK(classes.targets == std::vector<LabelSet>{arteries, veins, arteries, veins});
  CHECK(classes.winner == Winner::kAll);
  CHECK(sided->classes().targets == class_query(4).targets);
  CHECK(sided->classes().winner == Winner::kLargest);

  std::set<LabelSet> asked;
  std::set<LabelSet> asked_with_sides;
  for (std::int64_t step = 0; step < 200; ++step) {
    const auto query = asking->of_step(step);
    const auto with_sides = sided->of_step(step);
    REQUIRE((query && with_sides));
    CHECK(query->tokens.ids == with_sides->tokens.ids);  // the same words
    asked.insert(query->targets.begin(), query->targets.end());
    asked_with_sides.insert(with_sides->targets.begin(), with_sides->targets.end());
    const auto lesson = asking->lesson(step, 4);
    REQUIRE(lesson);
    asked.insert(lesson->meanings.begin(), lesson->meanings.end());
  }
  CHECK(asked == std::set<LabelSet>{arteries, veins, arteries | veins, label_set(5), label_set(6),
                                    label_set(7), label_set(8)});
  CHECK(asked_with_sides.contains(label_set(1)));

  Query query;
  query.targets = {arteries, label_set(5)};
  const DiceCounts counts{{1, 2, 3}, {9, 9, 9}};
  const auto of_class = asking->per_class(query, counts);
  CHECK(of_class[0] == counts[0]);
  CHECK(of_class[1] == DiceCount{});
  CHECK(of_class[2] == counts[0]);
}

TEST_CASE("asking: counts per prompt go to the classes that were asked for") {
  const auto start = test::promptable();
  const auto asking = Asking::make(start, 7);
  REQUIRE(asking);
  Query query;
  query.targets = {label_set(5), label_set(3), label_set(1) | label_set(3)};
  const DiceCounts counts{{1, 1, 1}, {2, 3, 4}, {9, 9, 9}};
  const auto classes = asking->per_class(query, counts);
  REQUIRE(classes.size() == 4);
  CHECK((classes[2] == DiceCount{2, 3, 4}));
  CHECK((classes[0] == DiceCount{}));
}
