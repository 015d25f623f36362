#include "model/merges_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <memory>

#include "model/tokenizer.h"

namespace hilum::model {
namespace {

struct GzClose {
  void operator()(gzFile_s* file) const { gzclose_r(file); }
};

}  // namespace

Result<std::string> read_merges_file(const std::filesystem::path& path) {
  // zlib reads a file without a gzip header as it is.
  const std::unique_ptr<gzFile_s, GzClose> file(gzopen(path.c_str(), "rb"));
  if (!file) {
    return Error{ErrorCode::kNotFound, fmt::format("cannot open merges file {}", path.string())};
  }
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const int count = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    // A truncated file ends without an error code from `gzread`; `gzerror` knows.
    int failure = Z_OK;
    const char* what = gzerror(file.get(), &failure);
    if (count < 0 || (failure != Z_OK && failure != Z_STREAM_END)) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("cannot read merges file {}: {}; copy it again from where it came",
                               path.string(), what)};
    }
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > Tokenizer::kMaxMergesBytes) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("cannot use merges file {}: its text exceeds {} bytes",
                               path.string(), Tokenizer::kMaxMergesBytes)};
    }
  }
}

}  // namespace hilum::model
