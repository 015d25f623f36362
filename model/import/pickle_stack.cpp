#include "model/import/pickle_stack.h"

#include <fmt/format.h>

#include <utility>

namespace hilum::model {

PickleDocument PickleStack::finish() {
  document_.root = pop();
  if (!stack_.empty() || !marks_.empty()) fault_.raise("the pickle leaves values on its stack");
  return std::move(document_);
}

void PickleStack::push(ValueId id) {
  if (stack_.size() >= kMaxPickleReferences) return fault_.raise("the pickle's stack is too deep");
  stack_.push_back(id);
}

void PickleStack::push_new(PickledValue value) {
  if (document_.values.size() >= kMaxPickleValues) {
    return fault_.raise(fmt::format("the pickle has more than {} values", kMaxPickleValues));
  }
  document_.values.push_back(std::move(value));
  push(static_cast<ValueId>(document_.values.size() - 1));
}

void PickleStack::mark() {
  if (marks_.size() >= kMaxPickleReferences) return fault_.raise("the pickle sets too many marks");
  marks_.push_back(stack_.size());
}

ValueId PickleStack::pop() {
  const ValueId id = top();
  if (depth() > 0) stack_.pop_back();
  return id;
}

ValueId PickleStack::top() {
  if (depth() == 0) {
    fault_.raise("the pickle takes a value from an empty stack");
    return 0;
  }
  return stack_.back();
}

std::vector<ValueId> PickleStack::pop_last(std::size_t count) {
  if (depth() < count) {
    fault_.raise("the pickle takes more values than its stack has");
    return {};
  }
  references_ += count;
  if (references_ > kMaxPickleReferences) {
    fault_.raise(
        fmt::format("the pickle's containers have more than {} entries", kMaxPickleReferences));
    return {};
  }
  const auto first = stack_.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<ValueId> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  return items;
}

std::vector<ValueId> PickleStack::pop_to_mark() {
  if (marks_.empty()) {
    fault_.raise("the pickle uses a mark that it never set");
    return {};
  }
  auto items = pop_last(depth());
  marks_.pop_back();
  return items;
}

void PickleStack::append(const std::vector<ValueId>& items) {
  const ValueId target = top();
  if (fault_) return;
  auto* list = std::get_if<PickledList>(&document_.values[target]);
  if (list == nullptr) return fault_.raise("the pickle appends to what is no list");
  list->items.insert(list->items.end(), items.begin(), items.end());
}

void PickleStack::set_items(const std::vector<ValueId>& items) {
  const ValueId target = top();
  if (fault_) return;
  auto* dict = std::get_if<PickledDict>(&document_.values[target]);
  if (dict == nullptr) return fault_.raise("the pickle sets items of what is no dict");
  if (items.size() % 2 != 0) return fault_.raise("the pickle sets a dict's key without a value");
  for (std::size_t i = 0; i < items.size(); i += 2) {
    dict->items.emplace_back(items[i], items[i + 1]);
  }
}

void PickleStack::remember(std::uint64_t slot) {
  const ValueId value = top();
  if (fault_) return;
  if (memo_.size() >= kMaxPickleValues) {
    return fault_.raise("the pickle remembers too many values");
  }
  memo_[slot] = value;
}

void PickleStack::recall(std::uint64_t slot) {
  if (fault_) return;
  const auto found = memo_.find(slot);
  if (found == memo_.end()) {
    return fault_.raise(fmt::format("the pickle never remembered value {}", slot));
  }
  push(found->second);
}

}  // namespace hilum::model
