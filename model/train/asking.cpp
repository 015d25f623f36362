#include "model/train/asking.h"

#include <algorithm>
#include <numeric>

#include "model/give_sides.h"
#include "model/train/vocabulary.h"

namespace hilum::model::train {
namespace {

std::vector<int> partners_in(const Manifest& manifest) {
  std::vector<int> partners(manifest.classes.size());
  std::iota(partners.begin(), partners.end(), 0);
  if (manifest.side == SideSource::kNetwork) return partners;
  for (const SidedVessel& vessel : sided_vessels(manifest.classes)) {
    if (!vessel.left || !vessel.right) continue;
    partners[static_cast<std::size_t>(*vessel.left)] = *vessel.right;
    partners[static_cast<std::size_t>(*vessel.right)] = *vessel.left;
  }
  return partners;
}

}  // namespace

Result<Asking> Asking::make(const NetworkStart& start, std::uint64_t seed) {
  std::vector<std::string> texts;
  for (const ModelClass& one : start.manifest.classes) texts.push_back(one.prompt);
  Asking asking(seed, start.tower ? start.tower->context : 0, std::move(texts),
                partners_in(start.manifest));
  if (asking.by_prompts()) {
    auto tokens = tokenize(Tokenizer::bytes(), asking.class_texts_, asking.context_);
    if (!tokens) return std::move(tokens).error();
    asking.class_tokens_ = std::move(*tokens);
  }
  return asking;
}

Result<Query> Asking::of_step(std::int64_t step) const {
  if (!by_prompts()) return classes();
  Draw draw(seed_, "prompts", static_cast<std::uint64_t>(step));
  Query query{.targets = {}, .tokens = {}, .winner = Winner::kAll};
  std::vector<std::string> texts;
  for (Prompt& prompt : prompts_of_step(class_texts_, draw)) {
    query.targets.push_back(target_of(prompt.labels));
    texts.push_back(std::move(prompt.text));
  }
  auto tokens = tokenize(Tokenizer::bytes(), texts, context_);
  if (!tokens) return std::move(tokens).error();
  query.tokens = std::move(*tokens);
  return query;
}

Query Asking::classes() const {
  Query query = class_query(static_cast<int>(class_texts_.size()));
  for (LabelSet& target : query.targets) {
    const LabelSet either = target_of(target);
    if (either != target) query.winner = Winner::kAll;  // both classes of a pair
    target = either;
  }
  return query;
}

DiceCounts Asking::per_class(const Query& query, const DiceCounts& counts) const {
  DiceCounts classes(class_texts_.size());
  for (std::size_t i = 0; i < query.targets.size(); ++i) {
    for (std::size_t k = 0; k < classes.size(); ++k) {
      if (query.targets[i] == target_of(label_set(static_cast<int>(k) + 1)))
        classes[k] += counts[i];
    }
  }
  return classes;
}

Result<Asking::Lesson> Asking::lesson(std::int64_t number, int phrases) const {
  Draw draw(seed_, "lesson", static_cast<std::uint64_t>(number));
  std::vector<Prompt> prompts;
  for (int i = 0; i < phrases; ++i) {
    const Target& target = targets()[draw.below(targets().size())];
    prompts.push_back(
        {.text = phrase(target, Phrasing::kTrained, draw), .labels = target_of(target.labels)});
  }
  std::ranges::stable_sort(prompts, {}, [](const Prompt& one) { return one.text.size(); });
  Lesson lesson;
  std::vector<std::string> texts;
  for (Prompt& one : prompts) {
    lesson.meanings.push_back(one.labels);
    texts.push_back(std::move(one.text));
  }
  auto tokens = tokenize(Tokenizer::bytes(), texts, context_);
  if (!tokens) return std::move(tokens).error();
  lesson.tokens = std::move(*tokens);
  return lesson;
}

}  // namespace hilum::model::train
