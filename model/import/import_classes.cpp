#include "model/import/import_classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "model/import/printable.h"

namespace hilum::model {
namespace {

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_label(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// Where in `classes` the label is. kInvalidInput when it is not.
Result<std::size_t> find_label(const std::vector<ModelClass>& classes, std::string_view label) {
  std::vector<std::string> known;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    if (same_label(classes[k].segment.label, label)) return k;
    known.push_back(classes[k].segment.label);
  }
  return invalid(fmt::format("--class '{}': no such class; known are '{}'", printable(label),
                             fmt::join(known, "', '")));
}

}  // namespace

Result<ClassPrompt> parse_class_prompt(std::string_view text) {
  const auto split = text.find('=');
  if (split == std::string_view::npos || split == 0 || split + 1 == text.size()) {
    return invalid(fmt::format("--class '{}': expected is LABEL=PROMPT", printable(text)));
  }
  return ClassPrompt{std::string(text.substr(0, split)), std::string(text.substr(split + 1))};
}

Result<std::vector<ModelClass>> import_classes(int count, const std::vector<ClassPrompt>& prompts) {
  auto standard = standard_classes();
  const bool all = std::cmp_equal(count, standard.size());
  if (!all && std::cmp_not_equal(prompts.size(), count)) {
    return invalid(
        fmt::format("the network has {} classes, and {} are named: name each, in the "
                    "network's order, with --class LABEL=PROMPT",
                    count, prompts.size()));
  }
  std::vector<ModelClass> named;
  std::set<std::size_t> seen;
  for (const auto& [label, prompt] : prompts) {
    auto k = find_label(standard, label);
    if (!k) return std::move(k).error();
    if (!seen.insert(*k).second) {
      return invalid(fmt::format("--class '{}' is given twice", printable(label)));
    }
    standard[*k].prompt = prompt;
    named.push_back(standard[*k]);
  }
  return all ? standard : named;
}

}  // namespace hilum::model
