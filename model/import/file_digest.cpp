#include "model/import/file_digest.h"

#include <fmt/format.h>

#include <cstddef>
#include <fstream>
#include <span>
#include <vector>

#include "pipeline/domain/sha256.h"

namespace hilum::model {

Result<std::string> file_digest(const std::filesystem::path& file) {
  constexpr std::size_t kBufferBytes = std::size_t{1} << 20U;
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorCode::kNotFound, fmt::format("cannot open {}", file.string())};
  Sha256 sha;
  std::vector<char> buffer(kBufferBytes);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    sha.update(std::as_bytes(std::span(buffer).first(static_cast<std::size_t>(in.gcount()))));
  }
  if (!in.eof()) return Error{ErrorCode::kInternal, fmt::format("cannot read {}", file.string())};
  return Sha256::hex(sha.finish());
}

}  // namespace hilum::model
