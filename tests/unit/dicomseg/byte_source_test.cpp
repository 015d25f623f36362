#include "dicomseg/byte_source.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::dicomseg;

namespace {

std::string read(ByteSource& source, std::size_t count) {
  std::string bytes(count, '?');
  const auto got = source.read(std::as_writable_bytes(std::span(bytes)));
  REQUIRE(got);
  bytes.resize(*got);
  return bytes;
}

std::unique_ptr<FileBytes> file_of(const test::TempDir& dir, const std::string& bytes) {
  const auto path = dir / "bytes";
  test::write_file(path, bytes);
  auto opened = FileBytes::open(path);
  REQUIRE(opened);
  return *std::move(opened);
}

std::string deflated(std::string bytes) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(bytes.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

/// Longer than the buffers.
std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 50'000; ++i) text += std::to_string(i) + ' ';
  return text;
}

}  // namespace

TEST_CASE("file bytes: read, passed over and read again, over the ends of the buffer") {
  const test::TempDir dir;
  const std::string text = long_text();
  const auto file = file_of(dir, text);
  CHECK(read(*file, 10) == text.substr(0, 10));
  file->go_back(4);
  CHECK(read(*file, 20'000) == text.substr(6, 20'000));
  CHECK(*file->skip(5'000) == 5'000);
  CHECK(read(*file, 3) == text.substr(25'006, 3));
  CHECK(*file->skip(1'000'000) == text.size() - 25'009);
  CHECK(read(*file, 3).empty());
  CHECK(*file->skip(1) == 0);
}

TEST_CASE("inflated bytes: the same, whether read at once or in pieces, and what is cut off") {
  const test::TempDir dir;
  const std::string text = long_text();
  const std::string packed = deflated(text);
  const auto open = [&](const std::string& bytes) {
    auto made = InflatedBytes::of(file_of(dir, bytes));
    REQUIRE(made);
    return *std::move(made);
  };
  CHECK(read(*open(packed), text.size() + 1) == text);
  const auto pieces = open(packed + '\0');  // padded to an even length
  CHECK(read(*pieces, 7) == text.substr(0, 7));
  CHECK(*pieces->skip(30'000) == 30'000);
  CHECK(read(*pieces, 100) == text.substr(30'007, 100));
  CHECK(*pieces->skip(1'000'000) == text.size() - 30'107);

  const auto cut = open(packed.substr(0, packed.size() / 2));
  CHECK(cut->skip(1'000'000).error().message.find("cut off") != std::string::npos);
  std::string buffer(10, ' ');
  CHECK(open("no deflate stream")->read(std::as_writable_bytes(std::span(buffer))).error().code ==
        ErrorCode::kInvalidInput);
}
