#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "model/import/pickle.h"
#include "model/import/pickle_input.h"

namespace hilum::model {

/// Values, stack, marks and memo of Python's pickle machine, all within the limits of pickle.h.
/// What a pickle may not do is a fault; the ids returned after one are not to be used.
class PickleStack {
 public:
  explicit PickleStack(PickleFault& fault) : fault_(fault) {}

  [[nodiscard]] const PickleDocument& document() const { return document_; }
  /// The document once the last value was taken from the stack as its root.
  PickleDocument finish();

  void push_new(PickledValue value);
  void mark();
  ValueId pop();
  /// The topmost value, which stays.
  ValueId top();
  std::vector<ValueId> pop_last(std::size_t count);
  std::vector<ValueId> pop_to_mark();

  /// Appends to the list on top.
  void append(const std::vector<ValueId>& items);
  /// Keys and values, alternating, into the dict on top.
  void set_items(const std::vector<ValueId>& items);

  /// Remembers the topmost value.
  void remember(std::uint64_t slot);
  void remember_next() { remember(memo_.size()); }
  void recall(std::uint64_t slot);

 private:
  void push(ValueId id);
  /// Values above the innermost mark; what is below it cannot be popped.
  [[nodiscard]] std::size_t depth() const {
    return stack_.size() - (marks_.empty() ? 0 : marks_.back());
  }

  PickleFault& fault_;
  PickleDocument document_;
  std::vector<ValueId> stack_;
  std::vector<std::size_t> marks_;  ///< stack sizes
  std::unordered_map<std::uint64_t, ValueId> memo_;
  std::size_t references_ = 0;  ///< from containers to values
};

}  // namespace hilum::model
