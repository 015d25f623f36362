#include "model/import/pickle_opcodes.h"

#include <algorithm>
#include <array>

namespace hilum::model {
namespace {

using Row = PickleOpcode;

// Codes and names: Python's pickletools.py, protocols 0 to 5.
constexpr std::array kAccepted{
    Row{0x4e, "NONE", PickleGroup::kLiteral, PickleAction::kNone},
    Row{0x88, "NEWTRUE", PickleGroup::kLiteral, PickleAction::kTrue},
    Row{0x89, "NEWFALSE", PickleGroup::kLiteral, PickleAction::kFalse},
    Row{0x47, "BINFLOAT", PickleGroup::kLiteral, PickleAction::kFloat},
    Row{0x8c, "SHORT_BINUNICODE", PickleGroup::kLiteral, PickleAction::kText1},
    Row{0x58, "BINUNICODE", PickleGroup::kLiteral, PickleAction::kText4},
    Row{0x8d, "BINUNICODE8", PickleGroup::kLiteral, PickleAction::kText8},
    Row{0x4b, "BININT1", PickleGroup::kInteger, PickleAction::kInteger1},
    Row{0x4d, "BININT2", PickleGroup::kInteger, PickleAction::kInteger2},
    Row{0x4a, "BININT", PickleGroup::kInteger, PickleAction::kInteger4},
    Row{0x8a, "LONG1", PickleGroup::kInteger, PickleAction::kLong1},
    Row{0x8b, "LONG4", PickleGroup::kInteger, PickleAction::kLong4},
    Row{0x28, "MARK", PickleGroup::kContainer, PickleAction::kMark},
    Row{0x5d, "EMPTY_LIST", PickleGroup::kContainer, PickleAction::kEmptyList},
    Row{0x29, "EMPTY_TUPLE", PickleGroup::kContainer, PickleAction::kEmptyTuple},
    Row{0x7d, "EMPTY_DICT", PickleGroup::kContainer, PickleAction::kEmptyDict},
    Row{0x74, "TUPLE", PickleGroup::kContainer, PickleAction::kTuple},
    Row{0x85, "TUPLE1", PickleGroup::kContainer, PickleAction::kTuple1},
    Row{0x86, "TUPLE2", PickleGroup::kContainer, PickleAction::kTuple2},
    Row{0x87, "TUPLE3", PickleGroup::kContainer, PickleAction::kTuple3},
    Row{0x61, "APPEND", PickleGroup::kContainer, PickleAction::kAppend},
    Row{0x65, "APPENDS", PickleGroup::kContainer, PickleAction::kAppends},
    Row{0x73, "SETITEM", PickleGroup::kContainer, PickleAction::kSetItem},
    Row{0x75, "SETITEMS", PickleGroup::kContainer, PickleAction::kSetItems},
    Row{0x71, "BINPUT", PickleGroup::kMemo, PickleAction::kPut1},
    Row{0x72, "LONG_BINPUT", PickleGroup::kMemo, PickleAction::kPut4},
    Row{0x94, "MEMOIZE", PickleGroup::kMemo, PickleAction::kMemoize},
    Row{0x68, "BINGET", PickleGroup::kMemo, PickleAction::kGet1},
    Row{0x6a, "LONG_BINGET", PickleGroup::kMemo, PickleAction::kGet4},
    Row{0x80, "PROTO", PickleGroup::kObject, PickleAction::kProtocol},
    Row{0x95, "FRAME", PickleGroup::kObject, PickleAction::kFrame},
    Row{0x30, "POP", PickleGroup::kObject, PickleAction::kPop},
    Row{0x63, "GLOBAL", PickleGroup::kObject, PickleAction::kGlobal},
    Row{0x93, "STACK_GLOBAL", PickleGroup::kObject, PickleAction::kStackGlobal},
    Row{0x52, "REDUCE", PickleGroup::kObject, PickleAction::kReduce},
    Row{0x62, "BUILD", PickleGroup::kObject, PickleAction::kBuild},
    Row{0x51, "BINPERSID", PickleGroup::kObject, PickleAction::kPersistentId},
    Row{0x2e, "STOP", PickleGroup::kObject, PickleAction::kStop},
};
/// Known but refused: what runs code, what only protocols 0 and 1 write, bytes, sets.
constexpr std::array kRefused{
    Row{0x49, "INT", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x4c, "LONG", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x53, "STRING", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x54, "BINSTRING", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x55, "SHORT_BINSTRING", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x42, "BINBYTES", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x43, "SHORT_BINBYTES", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x8e, "BINBYTES8", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x96, "BYTEARRAY8", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x97, "NEXT_BUFFER", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x98, "READONLY_BUFFER", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x56, "UNICODE", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x46, "FLOAT", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x6c, "LIST", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x64, "DICT", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x8f, "EMPTY_SET", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x90, "ADDITEMS", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x91, "FROZENSET", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x32, "DUP", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x31, "POP_MARK", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x67, "GET", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x70, "PUT", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x82, "EXT1", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x83, "EXT2", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x84, "EXT4", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x69, "INST", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x6f, "OBJ", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x81, "NEWOBJ", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x92, "NEWOBJ_EX", PickleGroup::kRefused, PickleAction::kStop},
    Row{0x50, "PERSID", PickleGroup::kRefused, PickleAction::kStop},
};
constexpr Row kUnknown{0, "", PickleGroup::kRefused, PickleAction::kStop};

constexpr std::array<Row, 256> by_code() {
  std::array<Row, 256> table{};
  table.fill(kUnknown);
  for (const Row& row : kAccepted) table[row.code] = row;
  for (const Row& row : kRefused) table[row.code] = row;
  return table;
}

}  // namespace

const PickleOpcode& pickle_opcode(std::uint8_t code) {
  static constexpr auto kTable = by_code();
  return kTable[code];
}

}  // namespace hilum::model
