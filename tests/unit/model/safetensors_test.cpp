#include "model/safetensors.h"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

/// A file with this header and this many bytes of data.
std::string file_with(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string content(8, '\0');
  std::memcpy(content.data(), &length, 8);
  return content + header + std::string(data_bytes, '\0');
}

Error error_of(const std::string& content) {
  const test::TempDir dir;
  test::write_file(dir / "a.safetensors", content);
  auto file = SafetensorsFile::read(dir / "a.safetensors");
  REQUIRE_FALSE(file);
  return file.error();
}

}  // namespace

TEST_CASE("safetensors: what was written is read back") {
  const test::TempDir dir;
  const std::vector<float> floats{1, -2.5F, 3};
  const std::vector<std::int64_t> numbers{1LL << 40, -7};
  const std::vector<TensorToWrite> tensors{
      {"b", DType::kF32, {3, 1}, std::as_bytes(std::span(floats))},
      {"a", DType::kI64, {2}, std::as_bytes(std::span(numbers))},
      {"none", DType::kF32, {0, 5}, {}}};
  REQUIRE(write_safetensors(dir / "a.safetensors", tensors, {{"key", "value"}}));

  const auto file = SafetensorsFile::read(dir / "a.safetensors");
  REQUIRE(file);
  CHECK(file->metadata().at("key") == "value");
  CHECK(*file->values<float>("b") == floats);
  CHECK(*file->values<std::int64_t>("a") == numbers);
  CHECK(file->values<float>("none")->empty());
  CHECK(file->tensors().at("b").shape == std::vector<std::int64_t>{3, 1});
  CHECK_FALSE(std::filesystem::exists(dir / "a.safetensors.part"));
}

TEST_CASE("safetensors: half precision is read as float") {
  const test::TempDir dir;
  // 1, -2, largest, smallest subnormal, smallest normal, -0, infinity
  const std::vector<std::uint16_t> halves{0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x8000, 0x7c00};
  const std::vector<TensorToWrite> tensors{
      {"h", DType::kF16, {7}, std::as_bytes(std::span(halves))}};
  REQUIRE(write_safetensors(dir / "h.safetensors", tensors, {}));
  const auto file = SafetensorsFile::read(dir / "h.safetensors");
  REQUIRE(file);
  CHECK(*file->floats("h") == std::vector<float>{1, -2, 65504, 0x1p-24F, 0x1p-14F, 0,
                                                 std::numeric_limits<float>::infinity()});
}

TEST_CASE("safetensors: a tensor of another type or name is an error") {
  const test::TempDir dir;
  test::write_file(dir / "a",
                   file_with(R"({"x":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}})", 4));
  const auto file = SafetensorsFile::read(dir / "a");
  REQUIRE(file);
  CHECK(file->values<float>("x").error().message == "tensor 'x' is I16, not F32");
  CHECK(file->floats("x").error().code == ErrorCode::kInvalidInput);
  CHECK(file->values<float>("y").error().code == ErrorCode::kNotFound);
}

TEST_CASE("safetensors: damaged and hostile files are refused with their fault") {
  const auto tensor = [](const std::string& fields) { return "{\"x\":{" + fields + "}}"; };
  const std::string max = "9223372036854775807";
  struct Case {
    std::string content;
    std::string fault;
  };
  const std::vector<Case> cases{
      {"", "too short"},
      {"1234567", "too short"},
      {std::string(8, '\xff'), "claims a header of 18446744073709551615 bytes"},
      {std::string("\x40\0\0\0\0\0\0\0{}", 10), "truncated: a header of 64 bytes in a file of 10"},
      {file_with("{\"x\":", 0), "not a JSON object"},
      {file_with("[]", 0), "not a JSON object"},
      {file_with(std::string(100'000, '['), 0), "not a JSON object"},
      {file_with("{\"__metadata__\":{\"a\":1}}", 0), "metadata 'a' is not a string"},
      {file_with("{\"x\":3}", 0), "tensor 'x' is not described by a JSON object"},
      {file_with(tensor(R"("shape":[1],"data_offsets":[0,4])"), 4), "has no dtype"},
      {file_with(tensor(R"("dtype":"BF16","shape":[1],"data_offsets":[0,2])"), 2),
       "unknown dtype 'BF16'"},
      {file_with(tensor(R"("dtype":"F32","data_offsets":[0,4])"), 4), "has no shape"},
      {file_with(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])"), 4),
       "shape that is not a list of whole numbers"},
      {file_with(tensor(R"("dtype":"F32","shape":[1.5],"data_offsets":[0,4])"), 4),
       "shape that is not a list of whole numbers"},
      {file_with(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), 4),
       "claims the shape [2] of F32"},
      {file_with(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,8])"), 8),
       "has 8 bytes but its shape [1] of F32 asks for 4"},
      // The product of these wraps to 4 bytes in 64-bit arithmetic.
      {file_with(
           tensor("\"dtype\":\"F32\",\"shape\":[" + max + "," + max + "],\"data_offsets\":[0,4]"),
           4),
       "more than the file holds"},
      {file_with(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,8])"), 4),
       "outside the file's 4 bytes of data"},
      {file_with(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])"), 4), "outside"},
      {file_with(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0])"), 4), "outside"},
      {file_with(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615])"), 4),
       "data_offsets that is not a list of whole numbers"}};
  for (const auto& [content, fault] : cases) {
    CAPTURE(fault);
    const Error error = error_of(content);
    CAPTURE(error.message);
    CHECK(error.message.find(fault) != std::string::npos);
    CHECK((error.code == ErrorCode::kInvalidInput || error.code == ErrorCode::kUnsupported));
  }
}

TEST_CASE("safetensors: a missing file is not found") {
  const auto file = SafetensorsFile::read("no/such/file");
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ErrorCode::kNotFound);
}

TEST_CASE("safetensors: a tensor whose bytes do not match its shape is not written") {
  const test::TempDir dir;
  const std::vector<float> floats{1, 2};
  const std::vector<TensorToWrite> tensors{
      {"x", DType::kF32, {3}, std::as_bytes(std::span(floats))}};
  const auto written = write_safetensors(dir / "a", tensors, {});
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ErrorCode::kInvalidInput);
  CHECK_FALSE(std::filesystem::exists(dir / "a"));
}
