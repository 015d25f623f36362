#include "model/import/state_dict.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "model/safetensors.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/import/pickle_writer.h"

using namespace hilum;
using namespace hilum::model;
using test::append_tensor;
using test::bytes_of;
using test::PickleWriter;
using test::ZipEntry;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Result<std::unique_ptr<StateDict>> opened(const test::TempDir& dir, const std::string& bytes) {
  test::write_file(dir / "w.pth", bytes);
  return open_state_dict(dir / "w.pth");
}

std::string zip_of(std::string pickle, std::vector<ZipEntry> records) {
  records.push_back({.name = "archive/data.pkl", .content = std::move(pickle)});
  return test::ZipWriter::make(records);
}

/// {'t': tensor}
std::string one_tensor(const test::PickledTensorSpec& spec) {
  PickleWriter writer;
  writer.op('}').text("t");
  return append_tensor(writer, spec).op('s').stop();
}

std::string refused(const std::string& bytes) {
  const test::TempDir dir;
  const auto dict = opened(dir, bytes);
  REQUIRE_FALSE(dict);
  return dict.error().message;
}

}  // namespace

TEST_CASE("state_dict: a checkpoint's tensors are found under net and read by name") {
  const test::TempDir dir;
  auto dict =
      opened(dir, test::checkpoint_bytes({{"a.weight", {2, 2}, {1, 2, 3, 4}}, {"b", {1}, {5}}}));
  REQUIRE(dict);
  REQUIRE((*dict)->tensors().size() == 2);
  CHECK((*dict)->tensors().at("a.weight").shape == std::vector<std::int64_t>{2, 2});
  CHECK(*(*dict)->floats("a.weight") == std::vector<float>{1, 2, 3, 4});
  CHECK(*(*dict)->floats("b") == std::vector<float>{5});
}

TEST_CASE("state_dict: the prefix of DataParallel goes when all names have it") {
  const test::TempDir dir;
  auto all = opened(dir, test::checkpoint_bytes({{"module.a", {1}, {1}}, {"module.b", {1}, {2}}}));
  REQUIRE(all);
  CHECK((*all)->tensors().contains("a"));
  CHECK(*(*all)->floats("b") == std::vector<float>{2});
  const auto some = opened(dir, test::checkpoint_bytes({{"module.a", {1}, {1}}, {"b", {1}, {2}}}));
  REQUIRE(some);
  CHECK((*some)->tensors().contains("module.a"));
}

TEST_CASE("state_dict: every storage type becomes float") {
  struct Row {
    const char* storage;
    std::string bytes;
    std::vector<float> values;
  };
  const std::vector<Row> rows{
      {"FloatStorage", bytes_of<float>({1.5F, -2}), {1.5F, -2}},
      {"DoubleStorage", bytes_of<double>({1.5, -2}), {1.5F, -2}},
      {"HalfStorage", bytes_of<std::uint16_t>({0x3e00, 0xc000}), {1.5F, -2}},
      {"BFloat16Storage", bytes_of<std::uint16_t>({0x3fc0, 0xc000}), {1.5F, -2}},
      {"LongStorage", bytes_of<std::int64_t>({7, -2}), {7, -2}},
      {"IntStorage", bytes_of<std::int32_t>({7, -2}), {7, -2}},
      {"ShortStorage", bytes_of<std::int16_t>({7, -2}), {7, -2}},
      {"CharStorage", bytes_of<std::int8_t>({7, -2}), {7, -2}},
      {"ByteStorage", bytes_of<std::uint8_t>({7, 254}), {7, 254}},
      {"BoolStorage", bytes_of<std::uint8_t>({1, 0}), {1, 0}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.storage);
    const test::TempDir dir;
    auto dict = opened(dir, zip_of(one_tensor({.storage_class = row.storage,
                                               .storage_elements = 2,
                                               .shape = {2},
                                               .strides = {1}}),
                                   {{.name = "archive/data/0", .content = row.bytes}}));
    REQUIRE(dict);
    CHECK(*(*dict)->floats("t") == row.values);
  }
}

TEST_CASE("state_dict: strides, offsets and shared storages are honoured") {
  const test::TempDir dir;
  PickleWriter writer;
  writer.op('}').text("transposed");
  append_tensor(writer, {.shape = {3, 2}, .strides = {1, 3}}).op('s').text("tail");
  append_tensor(writer, {.offset = 4, .shape = {2}, .strides = {1}}).op('s').text("column");
  append_tensor(writer, {.offset = 1, .shape = {2, 1, 1}, .strides = {3, 9, 9}})
      .op('s')
      .text("scalar");
  append_tensor(writer, {.offset = 5, .shape = {}, .strides = {}}).op('s').text("empty");
  append_tensor(writer, {.offset = 6, .shape = {0, 3}, .strides = {3, 1}}).op('s');
  auto dict = opened(
      dir, zip_of(writer.stop(),
                  {{.name = "archive/data/0", .content = bytes_of<float>({0, 1, 2, 3, 4, 5})}}));
  REQUIRE(dict);
  CHECK(*(*dict)->floats("transposed") == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(*(*dict)->floats("tail") == std::vector<float>{4, 5});
  CHECK(*(*dict)->floats("column") == std::vector<float>{1, 4});
  CHECK(*(*dict)->floats("scalar") == std::vector<float>{5});
  CHECK((*dict)->floats("empty")->empty());
}

TEST_CASE("state_dict: one storage behind very many tensors cannot multiply memory") {
  const test::TempDir dir;
  PickleWriter writer;
  writer.op('}');
  for (int i = 0; i < 100; ++i) {
    writer.text("t" + std::to_string(i));
    append_tensor(
        writer,
        {.storage_class = "ByteStorage", .storage_elements = 1000, .shape = {1000}, .strides = {1}})
        .op('s');
  }
  auto dict = opened(
      dir, zip_of(writer.stop(), {{.name = "archive/data/0", .content = std::string(1000, 'x')}}));
  REQUIRE(dict);
  int read = 0;
  std::string message;
  for (int i = 0; i < 100 && message.empty(); ++i) {
    const auto values = (*dict)->floats("t" + std::to_string(i));
    if (values) ++read;
    if (!values) message = values.error().message;
  }
  CHECK(read == 4);
  CHECK(contains(message, "shared by too many"));
}

TEST_CASE("state_dict: storages that are missing or of another size are named") {
  CHECK(contains(refused(zip_of(one_tensor({}), {})),
                 "its tensor 't' has no record for its storage '0'"));
  CHECK(contains(refused(zip_of(one_tensor({}), {{.name = "archive/data/0", .content = "abc"}})),
                 "its tensor 't' has a storage '0' of 3 bytes instead of 24 (6 F32)"));
}

TEST_CASE("state_dict: a big-endian file is refused") {
  const auto with_order = [](const std::string& order) {
    return zip_of(one_tensor({}), {{.name = "archive/data/0", .content = std::string(24, '\0')},
                                   {.name = "archive/byteorder", .content = order}});
  };
  CHECK(contains(refused(with_order("big")), "byte order is 'big'"));
  const test::TempDir dir;
  CHECK(opened(dir, with_order("little")));
}

TEST_CASE("state_dict: values that are not finite are named") {
  const test::TempDir dir;
  auto dict =
      opened(dir, test::checkpoint_bytes({{"w", {1}, {std::numeric_limits<float>::quiet_NaN()}}}));
  REQUIRE(dict);
  const auto values = (*dict)->floats("w");
  REQUIRE_FALSE(values);
  CHECK(contains(values.error().message, "'w' has values that are not finite"));
}

TEST_CASE("state_dict: what is no dict of tensors is refused with what it is") {
  CHECK(contains(refused(zip_of(PickleWriter().op('K').byte(3).stop(), {})), "no dict of tensors"));
  CHECK(contains(refused(zip_of(PickleWriter().op('}').stop(), {})), "empty"));
  CHECK(contains(
      refused(zip_of(PickleWriter().op('}').text("epoch").op('K').byte(3).op('s').stop(), {})),
      "'epoch' of its state dict is no tensor"));
  CHECK(contains(refused(test::ZipWriter::make({{.name = "word/document.xml", .content = "x"}})),
                 "neither a PyTorch"));
  CHECK(contains(refused("GIF89a and so on"), "neither a PyTorch"));
  CHECK(contains(refused(""), "neither a PyTorch"));
}

TEST_CASE("state_dict: formats that are told apart by content get their own advice") {
  using namespace std::string_literals;
  const auto legacy =
      refused("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."s);
  CHECK(contains(legacy, "before PyTorch 1.6"));
  CHECK(contains(legacy, "save it again with torch.save"));

  const test::TempDir dir;
  test::write_file(dir / "s.pth",
                   test::ZipWriter::make({{.name = "m/code/__torch__.py", .content = ""},
                                          {.name = "m/data.pkl", .content = "x"}}));
  const auto script = open_checkpoint(dir / "s.pth");
  REQUIRE_FALSE(script);
  CHECK(contains(script.error().message, "a TorchScript archive"));
  CHECK(contains(script.error().message, "--clip"));
  test::write_file(dir / "w.pt", test::checkpoint_bytes({{"a", {1}, {1}}}));
  const auto checkpoint = open_torchscript(dir / "w.pt");
  REQUIRE_FALSE(checkpoint);
  CHECK(checkpoint.error().code == ErrorCode::kUnsupported);
  CHECK(open_state_dict(dir / "none").error().code == ErrorCode::kNotFound);
}

TEST_CASE("state_dict: safetensors are read by name, half precision included") {
  const test::TempDir dir;
  const std::vector<float> wide{1, 2, 3, 4};
  const std::vector<std::uint16_t> half{0x3e00, 0xc000};
  const std::vector<std::int64_t> ids{0, 1};
  const std::array tensors{
      TensorToWrite{.name = "w",
                    .type = DType::kF32,
                    .shape = {2, 2},
                    .bytes = std::as_bytes(std::span(wide))},
      TensorToWrite{
          .name = "h", .type = DType::kF16, .shape = {2}, .bytes = std::as_bytes(std::span(half))},
      TensorToWrite{.name = "ids",
                    .type = DType::kI64,
                    .shape = {1, 2},
                    .bytes = std::as_bytes(std::span(ids))}};
  REQUIRE(write_safetensors(dir / "m.safetensors", tensors, {}));
  auto dict = open_state_dict(dir / "m.safetensors");
  REQUIRE(dict);
  CHECK(*(*dict)->floats("h") == std::vector<float>{1.5F, -2});
  CHECK(*(*dict)->floats("w") == wide);
  CHECK(*(*dict)->floats("ids") == std::vector<float>{0, 1});

  const std::string bytes = test::read_file(dir / "m.safetensors");
  for (const std::size_t length : {std::size_t{9}, bytes.size() / 2, bytes.size() - 1}) {
    test::write_file(dir / "cut", bytes.substr(0, length));
    CHECK_FALSE(open_state_dict(dir / "cut"));
  }
}
