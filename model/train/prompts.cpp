#include "model/train/prompts.h"

#include <fmt/format.h>

#include <algorithm>

namespace hilum::model::train {

Result<TokenRows> tokenize(const Tokenizer& tokenizer, std::span<const std::string> texts,
                           int context) {
  std::vector<std::vector<std::int32_t>> rows;
  std::size_t longest = 0;
  for (const std::string& text : texts) {
    auto row = tokenizer.encode(text, static_cast<std::size_t>(context));
    if (!row) return std::move(row).error().in(fmt::format("prompt \"{}\"", text));
    longest = std::max(longest, row->size());
    rows.push_back(std::move(*row));
  }
  TokenRows tokens{.texts = static_cast<std::int64_t>(rows.size()),
                   .length = static_cast<std::int64_t>(longest),
                   .ids = std::vector<std::int64_t>(rows.size() * longest, 0)};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(rows[i], tokens.ids.begin() + static_cast<std::ptrdiff_t>(i * longest));
  }
  return tokens;
}

Query class_query(int classes) {
  Query query;
  for (int k = 0; k < classes; ++k) query.targets.push_back(label_set(k + 1));
  return query;
}

LabelSet on_either_side(LabelSet target, std::span<const int> partners) {
  LabelSet either = target;
  for (std::size_t k = 0; k < partners.size(); ++k) {
    if ((target & label_set(static_cast<int>(k) + 1)) != 0) either |= label_set(partners[k] + 1);
  }
  return either;
}

std::vector<std::uint8_t> labelled_prompts(std::span<const std::uint8_t> labelled, int windows,
                                           std::span<const LabelSet> targets) {
  const std::size_t values = labelled.size() / static_cast<std::size_t>(windows);
  std::vector<std::uint8_t> result;
  for (std::size_t i = 0; i < static_cast<std::size_t>(windows); ++i) {
    LabelSet known = 0;
    for (std::size_t v = 0; v < values; ++v) {
      if (labelled[i * values + v] != 0) known |= label_set(static_cast<int>(v) + 1);
    }
    for (const LabelSet target : targets) {
      result.push_back((target & ~known) == 0 ? std::uint8_t{1} : std::uint8_t{0});
    }
  }
  return result;
}

}  // namespace hilum::model::train
