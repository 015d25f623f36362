#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "pipeline/domain/result.h"

/// Private to model/nifti.
namespace hilum::model {

/// Reads a file, compressed with gzip or not, from front to back. Errors do not name the file.
class NiftiStream {
 public:
  /// kNotFound, or kInvalidInput for what is no regular file.
  static Result<NiftiStream> open(const std::filesystem::path& file);

  /// Reads up to `bytes.size()` bytes and returns how many there were.
  Result<std::size_t> read_some(std::span<std::byte> bytes);
  /// Fills `bytes`; kInvalidInput when the file ends before.
  Status read_all(std::span<std::byte> bytes);
  /// Whether the file can hold that many bytes when uncompressed, so that nobody allocates memory
  /// for what a few bytes claim. Call it after the first read.
  [[nodiscard]] bool can_hold(std::uint64_t bytes) const;
  /// At the end of the voxels: makes zlib compare its checksum. Bytes after them are ignored.
  Status finish();

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose(file); }
  };
  std::unique_ptr<gzFile_s, Close> file_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace hilum::model
