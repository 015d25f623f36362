#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model/import/pickle.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/import/pickle_writer.h"

using namespace hilum;
using namespace hilum::model;
using test::PickledTensorSpec;
using test::PickleWriter;
using test::tensor_pickle;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The message with which it is refused.
std::string refused(const std::string& bytes) {
  const auto document = parse_pickle(bytes);
  REQUIRE_FALSE(document);
  return document.error().message;
}

}  // namespace

TEST_CASE("pickle: os.system is refused by name and not run") {
  const test::TempDir dir;
  const auto witness = dir / "witness";
  const std::string command = "touch " + witness.string();
  for (const std::string_view module : {"os", "posix", "nt", "subprocess", "builtins"}) {
    CAPTURE(module);
    PickleWriter writer;
    const auto document =
        parse_pickle(writer.global(module, "system").text(command).op(0x85).op('R').stop());
    REQUIRE_FALSE(document);
    CHECK(document.error().code == ErrorCode::kUnsupported);
    CHECK(contains(document.error().message, "refuses '" + std::string(module) + ".system'"));
    CHECK(contains(document.error().message, "torch.save"));
  }
  CHECK_FALSE(std::filesystem::exists(witness));
}

TEST_CASE("pickle: every global but the known ones is refused, however it is named") {
  const std::vector<std::pair<std::string, std::string>> names{
      {"builtins", "eval"},
      {"torch", "load"},
      {"torch", "_utils"},
      {"torch._utils", "_rebuild_tensor_v2 "},
      {"torch.storage", "FloatStorage"},
      {"collections", "OrderedDict.fromkeys"},
      {"collections", "defaultdict"},
      {"numpy.core.multiarray", "scalar"},
      {"argparse", "Namespace"},
      {"", ""}};
  for (const auto& [module, name] : names) {
    CAPTURE(module);
    CAPTURE(name);
    CHECK(contains(refused(PickleWriter().global(module, name).stop()),
                   "'" + module + "." + name + "'"));
    CHECK(contains(refused(PickleWriter(4).text(module).text(name).op(0x93).stop()),
                   "'" + module + "." + name + "'"));
  }
}

TEST_CASE("pickle: every opcode that a weight file does not need is refused by name") {
  const std::vector<std::pair<int, std::string_view>> opcodes{
      {'i', "INST"},       {'o', "OBJ"},         {0x81, "NEWOBJ"},      {0x92, "NEWOBJ_EX"},
      {0x82, "EXT1"},      {0x83, "EXT2"},       {0x84, "EXT4"},        {'P', "PERSID"},
      {'I', "INT"},        {'L', "LONG"},        {'F', "FLOAT"},        {'S', "STRING"},
      {'V', "UNICODE"},    {'g', "GET"},         {'p', "PUT"},          {'d', "DICT"},
      {'l', "LIST"},       {'2', "DUP"},         {'1', "POP_MARK"},     {'B', "BINBYTES"},
      {0x8e, "BINBYTES8"}, {0x96, "BYTEARRAY8"}, {0x97, "NEXT_BUFFER"}, {0x8f, "EMPTY_SET"}};
  for (const auto& [code, name] : opcodes) {
    CAPTURE(name);
    CHECK(contains(refused(PickleWriter().op('N').op(code).stop()),
                   "refuses the pickle opcode " + std::string(name) + " at offset 3"));
  }
  CHECK(contains(refused(PickleWriter().op(0xff).stop()), "refuses byte 0xff at offset 2"));
}

TEST_CASE("pickle: calls and attributes work on nothing but what they are meant for") {
  CHECK(contains(refused(PickleWriter().text("f").op(')').op('R').stop()), "refuses to call"));
  CHECK(contains(refused(PickleWriter().global("torch", "FloatStorage").op(')').op('R').stop()),
                 "refuses to call"));
  CHECK(contains(refused(PickleWriter().op(']').op('}').op('b').stop()), "opcode BUILD"));
  CHECK(contains(refused(PickleWriter().op('}').op('N').op('b').stop()), "opcode BUILD"));
  CHECK(contains(
      refused(
          PickleWriter().global("collections", "OrderedDict").text("x").op(0x85).op('R').stop()),
      "OrderedDict is made with arguments"));
  CHECK(contains(refused(PickleWriter().text("0").op('Q').stop()), "persistent id"));
  CHECK(contains(refused(PickleWriter().op('N').op('N').op('a').stop()),
                 "appends to what is no list"));
  CHECK(contains(refused(PickleWriter().op(']').text("k").op('N').op('s').stop()), "no dict"));
}

TEST_CASE("pickle: truncated anywhere, it is an error") {
  PickleWriter writer(4);
  writer.op('}').text("net").ordered_dict().text("w");
  const std::string whole = append_tensor(writer, {}).op('s').op('s').stop();
  REQUIRE(parse_pickle(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(parse_pickle(whole.substr(0, length)));
  }
  CHECK_FALSE(parse_pickle(whole + "N"));
}

TEST_CASE("pickle: lengths beyond the data are refused before anything is allocated") {
  CHECK(
      contains(refused(PickleWriter().op('X').number(0xffffffff, 4).raw("a").stop()), "truncated"));
  CHECK(contains(refused(PickleWriter().op(0x8d).number(~0ULL, 8).raw("a").stop()), "truncated"));
  CHECK(contains(refused(PickleWriter().op(0x8a).byte(255).raw("a").stop()),
                 "255 bytes; 8 are read"));
  CHECK(contains(refused(PickleWriter().op(0x8b).number(0x80000000, 4).stop()), "8 are read"));
  CHECK(contains(refused(PickleWriter().op('c').raw("os").stop()), "no end of line"));
}

TEST_CASE("pickle: stack and memo are checked") {
  CHECK(contains(refused(PickleWriter().stop()), "empty stack"));
  CHECK(contains(refused(PickleWriter().op('t').stop()), "never set"));
  CHECK(contains(refused(PickleWriter().op('N').op(0x86).stop()), "more values than its stack"));
  CHECK(contains(refused(PickleWriter().op('N').op('N').stop()), "leaves values"));
  CHECK(contains(refused(PickleWriter().op('h').byte(3).stop()), "never remembered value 3"));
  CHECK(contains(refused(PickleWriter().op('q').byte(0).stop()), "empty stack"));
  CHECK(contains(refused(PickleWriter().op('N').op('(').op('0').stop()), "empty stack"));
  CHECK(contains(refused(PickleWriter(1).op('N').stop()), "protocol 1"));
  CHECK(contains(refused(PickleWriter(6).op('N').stop()), "protocol 6"));
}

TEST_CASE("pickle: floods of values, entries and marks end at a limit") {
  const auto flood = [](std::string_view piece, std::size_t times) {
    PickleWriter writer;
    for (std::size_t i = 0; i < times; ++i) writer.raw(piece);
    return writer.stop();
  };
  CHECK(contains(refused(flood("]", kMaxPickleValues + 1)), "more than 400000 values"));
  CHECK(contains(refused(flood("(", kMaxPickleReferences + 1)), "too many marks"));
  // One value, referred to again and again from the stack.
  PickleWriter again;
  again.op('N').op('q').byte(0);
  for (std::size_t i = 0; i <= kMaxPickleReferences; ++i) again.raw(std::string_view("h\0", 2));
  CHECK(contains(refused(again.stop()), "too deep"));
  CHECK(contains(refused(std::string(kMaxPickleBytes + 1, 'N')), "more than the 16777216"));
}

TEST_CASE("pickle: deep nesting needs no recursion") {
  constexpr int kDepth = 300'000;  // a recursive reader's stack would overflow
  PickleWriter writer;
  for (int i = 0; i < kDepth; ++i) writer.op(']');
  for (int i = 1; i < kDepth; ++i) writer.op('a');
  CHECK(parse_pickle(writer.stop()));
}

TEST_CASE("pickle: tensors that leave their storage are refused") {
  const std::vector<PickledTensorSpec> bad{
      {.offset = 1},
      {.offset = -1},
      {.offset = INT64_MAX},
      {.shape = {2, 4}, .strides = {3, 1}},
      {.shape = {2, -3}, .strides = {3, 1}},
      {.shape = {2, 3}, .strides = {-3, 1}},
      {.shape = {2, 3}, .strides = {4, 1}},
      {.shape = {2, 3}, .strides = {INT64_MAX, INT64_MAX}},
      {.shape = {INT64_MAX, INT64_MAX}, .strides = {0, 0}},
      {.shape = {INT64_MAX, 2}, .strides = {1, 1}},
      {.shape = {7}, .strides = {0}},
      {.shape = {2, 3}, .strides = {1}},
      {.storage_elements = 0},
      {.storage_elements = -1},
      {.storage_elements = INT64_MAX},
      {.key = std::string(65, '0')},
      {.shape = std::vector<std::int64_t>(17, 1), .strides = std::vector<std::int64_t>(17, 1)},
  };
  REQUIRE(parse_pickle(tensor_pickle({})));
  for (std::size_t i = 0; i < bad.size(); ++i) {
    CAPTURE(i);
    const auto document = parse_pickle(tensor_pickle(bad[i]));
    REQUIRE_FALSE(document);
    CHECK(document.error().code == ErrorCode::kInvalidInput);
  }
  CHECK(contains(refused(tensor_pickle({.storage_class = "UntypedStorage"})),
                 "torch.UntypedStorage"));
}

TEST_CASE("pickle: tensors without elements are fine") {
  CHECK(parse_pickle(tensor_pickle({.storage_elements = 0, .shape = {0, 5}, .strides = {5, 1}})));
  CHECK(parse_pickle(tensor_pickle({.storage_elements = 1, .shape = {}, .strides = {}})));
}
