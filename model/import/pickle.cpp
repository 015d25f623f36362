#include "model/import/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <new>

#include "model/import/pickle_calls.h"
#include "model/import/pickle_input.h"
#include "model/import/pickle_opcodes.h"
#include "model/import/pickle_stack.h"

namespace hilum::model {
namespace {

/// The machine of Python's pickle module (its opcodes are documented in pickletools.py), without
/// the instructions that can run anything.
class PickleMachine {
 public:
  explicit PickleMachine(std::string_view bytes) : input_(bytes, fault_), stack_(fault_) {}

  Result<PickleDocument> run() {
    while (!fault_ && !stopped_) step();
    if (!fault_ && !input_.at_end()) fault_.raise("there is something behind the pickle's end");
    if (fault_) return fault_.take();
    auto document = stack_.finish();
    if (fault_) return fault_.take();
    return document;
  }

 private:
  void step();
  void literal(PickleAction action);
  void integer(PickleAction action);
  void container(PickleAction action);
  void memo(PickleAction action);
  void object(PickleAction action);

  void push_result(Result<PickledValue> value) {
    if (!value) return fault_.raise(std::move(value).error());
    stack_.push_new(*std::move(value));
  }
  void text(std::uint64_t length) { stack_.push_new(std::string(input_.take(length))); }
  void real();
  void long_integer(std::uint64_t length);
  void check_protocol();
  void global();
  void stack_global();
  void reduce();
  void drop_attributes();

  PickleFault fault_;
  PickleInput input_;
  PickleStack stack_;
  bool stopped_ = false;
};

void PickleMachine::step() {
  const std::size_t offset = input_.offset();
  const auto code = input_.number<std::uint8_t>();
  if (fault_) return;
  const PickleOpcode& row = pickle_opcode(code);
  switch (row.group) {
    case PickleGroup::kLiteral:
      return literal(row.action);
    case PickleGroup::kInteger:
      return integer(row.action);
    case PickleGroup::kContainer:
      return container(row.action);
    case PickleGroup::kMemo:
      return memo(row.action);
    case PickleGroup::kObject:
      return object(row.action);
    case PickleGroup::kRefused:
      return fault_.raise(Error{
          ErrorCode::kUnsupported,
          row.name.empty()
              ? fmt::format("refuses byte {:#04x} at offset {}: not a pickle opcode", code, offset)
              : fmt::format("refuses the pickle opcode {} at offset {}: torch.save needs it for no "
                            "tensor, dict, list, number or string",
                            row.name, offset)});
  }
}

void PickleMachine::literal(PickleAction action) {
  switch (action) {
    case PickleAction::kNone:
      return stack_.push_new(std::monostate{});
    case PickleAction::kTrue:
      return stack_.push_new(true);
    case PickleAction::kFalse:
      return stack_.push_new(false);
    case PickleAction::kFloat:
      return real();
    case PickleAction::kText1:
      return text(input_.number<std::uint8_t>());
    case PickleAction::kText4:
      return text(input_.number<std::uint32_t>());
    default:
      return text(input_.number<std::uint64_t>());
  }
}

void PickleMachine::integer(PickleAction action) {
  switch (action) {
    case PickleAction::kInteger1:
      return stack_.push_new(std::int64_t{input_.number<std::uint8_t>()});
    case PickleAction::kInteger2:
      return stack_.push_new(std::int64_t{input_.number<std::uint16_t>()});
    case PickleAction::kInteger4:
      return stack_.push_new(std::int64_t{input_.number<std::int32_t>()});
    case PickleAction::kLong1:
      return long_integer(input_.number<std::uint8_t>());
    default:
      return long_integer(input_.number<std::uint32_t>());
  }
}

/// IEEE 754 binary64, the format's only big-endian number.
void PickleMachine::real() {
  auto piece = std::string(input_.take(sizeof(double)));
  piece.resize(sizeof(double));
  std::ranges::reverse(piece);
  double value = 0;
  std::memcpy(&value, piece.data(), sizeof value);
  stack_.push_new(value);
}

/// Two's complement, little-endian, as many bytes as it takes.
void PickleMachine::long_integer(std::uint64_t length) {
  if (length > sizeof(std::int64_t)) {
    return fault_.raise(
        Error{ErrorCode::kUnsupported,
              fmt::format("the pickle has an integer of {} bytes; 8 are read", length)});
  }
  const auto piece = input_.take(length);
  if (fault_) return;
  const bool negative = !piece.empty() && (static_cast<unsigned char>(piece.back()) & 0x80U) != 0;
  std::uint64_t value = negative ? std::numeric_limits<std::uint64_t>::max() : 0;
  std::memcpy(&value, piece.data(), piece.size());
  stack_.push_new(std::bit_cast<std::int64_t>(value));
}

void PickleMachine::container(PickleAction action) {
  switch (action) {
    case PickleAction::kMark:
      return stack_.mark();
    case PickleAction::kEmptyList:
      return stack_.push_new(PickledList{});
    case PickleAction::kEmptyTuple:
      return stack_.push_new(PickledTuple{});
    case PickleAction::kEmptyDict:
      return stack_.push_new(PickledDict{});
    case PickleAction::kTuple:
      return stack_.push_new(PickledTuple{stack_.pop_to_mark()});
    case PickleAction::kTuple1:
      return stack_.push_new(PickledTuple{stack_.pop_last(1)});
    case PickleAction::kTuple2:
      return stack_.push_new(PickledTuple{stack_.pop_last(2)});
    case PickleAction::kTuple3:
      return stack_.push_new(PickledTuple{stack_.pop_last(3)});
    case PickleAction::kAppend:
      return stack_.append(stack_.pop_last(1));
    case PickleAction::kAppends:
      return stack_.append(stack_.pop_to_mark());
    case PickleAction::kSetItem:
      return stack_.set_items(stack_.pop_last(2));
    default:
      return stack_.set_items(stack_.pop_to_mark());
  }
}

void PickleMachine::memo(PickleAction action) {
  switch (action) {
    case PickleAction::kPut1:
      return stack_.remember(input_.number<std::uint8_t>());
    case PickleAction::kPut4:
      return stack_.remember(input_.number<std::uint32_t>());
    case PickleAction::kMemoize:
      return stack_.remember_next();
    case PickleAction::kGet1:
      return stack_.recall(input_.number<std::uint8_t>());
    default:
      return stack_.recall(input_.number<std::uint32_t>());
  }
}

void PickleMachine::object(PickleAction action) {
  switch (action) {
    case PickleAction::kProtocol:
      return check_protocol();
    case PickleAction::kFrame:
      // Frames only help a reader that reads piecemeal.
      static_cast<void>(input_.number<std::uint64_t>());
      return;
    case PickleAction::kPop:
      static_cast<void>(stack_.pop());
      return;
    case PickleAction::kGlobal:
      return global();
    case PickleAction::kStackGlobal:
      return stack_global();
    case PickleAction::kReduce:
      return reduce();
    case PickleAction::kBuild:
      return drop_attributes();
    case PickleAction::kPersistentId: {
      const ValueId id = stack_.pop();
      if (!fault_) push_result(resolve_storage(stack_.document(), id));
      return;
    }
    default:
      stopped_ = true;
  }
}

void PickleMachine::check_protocol() {
  const auto version = input_.number<std::uint8_t>();
  if (fault_ || (version >= 2 && version <= 5)) return;
  fault_.raise(Error{ErrorCode::kUnsupported,
                     fmt::format("the pickle has protocol {}; 2 to 5 are read", version)});
}

void PickleMachine::global() {
  const auto module = input_.line();
  const auto name = input_.line();
  if (!fault_) push_result(resolve_global(module, name));
}

void PickleMachine::reduce() {
  const ValueId arguments = stack_.pop();
  const ValueId callable = stack_.pop();
  if (!fault_) push_result(call_global(stack_.document(), callable, arguments));
}

void PickleMachine::stack_global() {
  const ValueId name_id = stack_.pop();
  const ValueId module_id = stack_.pop();
  if (fault_) return;
  const auto* module = stack_.document().as<std::string>(module_id);
  const auto* name = stack_.document().as<std::string>(name_id);
  if (module == nullptr || name == nullptr)
    return fault_.raise("the pickle names a global by no string");
  push_result(resolve_global(*module, *name));
}

void PickleMachine::drop_attributes() {
  const ValueId attributes = stack_.pop();
  const ValueId target = stack_.top();
  if (fault_) return;
  if (stack_.document().as<PickledDict>(target) == nullptr ||
      stack_.document().as<PickledDict>(attributes) == nullptr) {
    fault_.raise(Error{ErrorCode::kUnsupported,
                       "refuses the pickle opcode BUILD on anything but an OrderedDict"});
  }
}

}  // namespace

std::optional<ValueId> PickleDocument::find(ValueId id, std::string_view key) const {
  const auto* dict = as<PickledDict>(id);
  if (dict == nullptr) return std::nullopt;
  for (auto item = dict->items.rbegin(); item != dict->items.rend(); ++item) {
    const auto* name = as<std::string>(item->first);
    if (name != nullptr && *name == key) return item->second;
  }
  return std::nullopt;
}

Result<PickleDocument> parse_pickle(std::string_view bytes) try {
  if (bytes.size() > kMaxPickleBytes) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("the pickle has {} bytes, more than the {} that are read",
                             bytes.size(), kMaxPickleBytes)};
  }
  return PickleMachine(bytes).run();
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace, "not enough memory to read the pickle"};
}

}  // namespace hilum::model
