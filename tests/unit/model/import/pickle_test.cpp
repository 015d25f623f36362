#include "model/import/pickle.h"

#include <doctest/doctest.h>

#include "tests/unit/model/import/pickle_writer.h"

using namespace hilum;
using namespace hilum::model;
using test::PickleWriter;

namespace {

PickleDocument parsed(const std::string& bytes) {
  auto document = parse_pickle(bytes);
  REQUIRE_MESSAGE(document, (document ? std::string() : document.error().message));
  return *std::move(document);
}

template <class T>
T root_as(const std::string& bytes) {
  const auto document = parsed(bytes);
  const T* value = document.as<T>(document.root);
  REQUIRE(value != nullptr);
  return *value;
}

}  // namespace

TEST_CASE("pickle: numbers, strings, None and booleans have Python's values") {
  CHECK(root_as<std::int64_t>(PickleWriter().op('K').byte(200).stop()) == 200);
  CHECK(root_as<std::int64_t>(PickleWriter().op('M').number(0xfffe, 2).stop()) == 0xfffe);
  CHECK(root_as<std::int64_t>(PickleWriter().op('J').number(0xfffffffe, 4).stop()) == -2);
  CHECK(root_as<std::int64_t>(PickleWriter().op(0x8a).byte(0).stop()) == 0);
  CHECK(root_as<std::int64_t>(PickleWriter().op(0x8a).byte(1).byte(0xff).stop()) == -1);
  CHECK(root_as<std::int64_t>(PickleWriter().op(0x8a).byte(2).byte(0xff).byte(0).stop()) == 255);
  CHECK(root_as<std::int64_t>(PickleWriter().op(0x8b).number(3, 4).raw("\1\2\3").stop()) ==
        0x030201);
  CHECK(root_as<std::int64_t>(PickleWriter().integer(INT64_MIN).stop()) == INT64_MIN);
  CHECK(root_as<double>(PickleWriter().op('G').number(0xf83f, 8).stop()) == 1.5);
  CHECK(root_as<std::string>(PickleWriter().text("bronchus").stop()) == "bronchus");
  CHECK(root_as<std::string>(PickleWriter(4).op(0x8c).byte(2).raw("ab").stop()) == "ab");
  CHECK(root_as<std::string>(PickleWriter(4).op(0x8d).number(2, 8).raw("ab").stop()) == "ab");
  CHECK(root_as<bool>(PickleWriter().op(0x88).stop()));
  CHECK_FALSE(root_as<bool>(PickleWriter().op(0x89).stop()));
  CHECK_NOTHROW(root_as<std::monostate>(PickleWriter().op('N').stop()));
}

TEST_CASE("pickle: lists, tuples and dicts hold what was put into them") {
  const auto list = parsed(PickleWriter()
                               .op(']')
                               .op('(')
                               .op('K')
                               .byte(1)
                               .op('K')
                               .byte(2)
                               .op('e')
                               .op('K')
                               .byte(3)
                               .op('a')
                               .stop());
  const auto* items = list.as<PickledList>(list.root);
  REQUIRE(items != nullptr);
  REQUIRE(items->items.size() == 3);
  CHECK(*list.as<std::int64_t>(items->items[2]) == 3);

  const auto tuple = parsed(PickleWriter().op('K').byte(1).op('K').byte(2).op(0x86).stop());
  REQUIRE(tuple.as<PickledTuple>(tuple.root) != nullptr);
  CHECK(tuple.as<PickledTuple>(tuple.root)->items.size() == 2);

  const auto dict = parsed(PickleWriter()
                               .op('}')
                               .op('(')
                               .text("a")
                               .op('K')
                               .byte(1)
                               .text("b")
                               .op('K')
                               .byte(2)
                               .op('u')
                               .text("a")
                               .op('K')
                               .byte(9)
                               .op('s')
                               .stop());
  REQUIRE(dict.find(dict.root, "a"));
  CHECK(*dict.as<std::int64_t>(*dict.find(dict.root, "a")) == 9);  // the last one counts
  CHECK_FALSE(dict.find(dict.root, "c"));
}

TEST_CASE("pickle: remembered values are the same object, and cycles do no harm") {
  // a = []; a.append(a)
  const auto document =
      parsed(PickleWriter().op(']').op('q').byte(0).op('h').byte(0).op('a').stop());
  const auto* list = document.as<PickledList>(document.root);
  REQUIRE(list != nullptr);
  REQUIRE(list->items.size() == 1);
  CHECK(list->items[0] == document.root);
}

TEST_CASE("pickle: protocol 4's frames, memo and stacked globals are read") {
  const auto document = parsed(PickleWriter(4)
                                   .op(0x95)
                                   .number(99, 8)
                                   .op(0x8c)
                                   .byte(11)
                                   .raw("collections")
                                   .op(0x94)
                                   .op(0x8c)
                                   .byte(11)
                                   .raw("OrderedDict")
                                   .op(0x94)
                                   .op(0x93)
                                   .op(')')
                                   .op('R')
                                   .stop());
  CHECK(document.as<PickledDict>(document.root) != nullptr);
}

TEST_CASE("pickle: a tensor keeps type, shape, strides and offset") {
  const auto tensor = root_as<PickledTensor>(test::tensor_pickle({.storage_class = "HalfStorage",
                                                                  .key = "7",
                                                                  .storage_elements = 20,
                                                                  .offset = 4,
                                                                  .shape = {3, 2},
                                                                  .strides = {1, 5}}));
  CHECK(tensor.storage.type == ElementType::kF16);
  CHECK(tensor.storage.key == "7");
  CHECK(tensor.storage.elements == 20);
  CHECK(tensor.offset == 4);
  CHECK(tensor.shape == std::vector<std::int64_t>{3, 2});
  CHECK(tensor.strides == std::vector<std::int64_t>{1, 5});
}

TEST_CASE("pickle: a parameter is its tensor") {
  PickleWriter writer;
  writer.global("torch._utils", "_rebuild_parameter").mark();
  append_tensor(writer, {});
  const auto tensor = root_as<PickledTensor>(writer.op(0x88).ordered_dict().tuple().op('R').stop());
  CHECK(tensor.shape == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("pickle: attributes of an ordered dict are dropped, as PyTorch's _metadata") {
  const auto document = parsed(
      PickleWriter().ordered_dict().op('}').text("_metadata").op('N').op('s').op('b').stop());
  REQUIRE(document.as<PickledDict>(document.root) != nullptr);
  CHECK(document.as<PickledDict>(document.root)->items.empty());
}
