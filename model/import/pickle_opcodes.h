#pragma once

#include <cstdint>
#include <string_view>

namespace hilum::model {

/// What an instruction of a pickle does; see `pickle_opcode` for the table.
enum class PickleAction : std::uint8_t {
  kNone,
  kTrue,
  kFalse,
  kFloat,
  kText1,
  kText4,
  kText8,
  kInteger1,
  kInteger2,
  kInteger4,
  kLong1,
  kLong4,
  kMark,
  kEmptyList,
  kEmptyTuple,
  kEmptyDict,
  kTuple,
  kTuple1,
  kTuple2,
  kTuple3,
  kAppend,
  kAppends,
  kSetItem,
  kSetItems,
  kPut1,
  kPut4,
  kMemoize,
  kGet1,
  kGet4,
  kProtocol,
  kFrame,
  kPop,
  kGlobal,
  kStackGlobal,
  kReduce,
  kBuild,
  kPersistentId,
  kStop,
};

enum class PickleGroup : std::uint8_t {
  kLiteral,
  kInteger,
  kContainer,
  kMemo,
  kObject,
  kRefused,  ///< the action has no meaning
};

struct PickleOpcode {
  std::uint8_t code;
  std::string_view name;  ///< in Python's pickletools; empty for bytes that are no opcode
  PickleGroup group;
  PickleAction action;
};

/// The row of an opcode, refused ones included. The one table of what a pickle may do.
const PickleOpcode& pickle_opcode(std::uint8_t code);

}  // namespace hilum::model
