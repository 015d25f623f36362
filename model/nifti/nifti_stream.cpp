#include "model/nifti/nifti_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "pipeline/domain/posix_file.h"

namespace hilum::model {
namespace {

/// deflate's best ratio is 1032 : 1 (zlib's technical details); a little more for the ends.
constexpr std::uint64_t kMaxRatio = 1040;
constexpr unsigned kBufferBytes = 1U << 18;
/// What is looked at behind the voxels in search of the checksum.
constexpr std::size_t kTailBytes = std::size_t{1} << 16;

}  // namespace

Result<NiftiStream> NiftiStream::open(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    return Error{ErrorCode::kNotFound, "there is no such file"};
  }
  if (!std::filesystem::is_regular_file(status)) {
    return Error{ErrorCode::kInvalidInput, "it is no regular file"};
  }
  NiftiStream stream;
  stream.file_bytes_ = std::filesystem::file_size(file, error);
  if (error) return errno_error(error.value(), "stat", file);
  errno = 0;
  stream.file_.reset(gzopen(file.c_str(), "rb"));
  if (stream.file_ == nullptr) return errno_error(errno != 0 ? errno : ENOMEM, "open", file);
  gzbuffer(stream.file_.get(), kBufferBytes);
  return stream;
}

Result<std::size_t> NiftiStream::read_some(std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(bytes.size() - done, 1U << 30));
    const int got = gzread(file_.get(), bytes.data() + done, wanted);
    int code = Z_OK;
    const char* text = gzerror(file_.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      const ErrorCode what = code == Z_MEM_ERROR ? ErrorCode::kNoSpace : ErrorCode::kInvalidInput;
      return Error{what, fmt::format("its compressed data is truncated or damaged near byte {} of "
                                     "the uncompressed file ({}); copy it again",
                                     position_ + done, code == Z_ERRNO ? "read error" : text)};
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  position_ += done;
  return done;
}

Status NiftiStream::read_all(std::span<std::byte> bytes) {
  auto got = read_some(bytes);
  if (!got) return std::move(got).error();
  if (*got < bytes.size()) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("it ends after {} bytes, {} too early: truncated", position_,
                             bytes.size() - *got)};
  }
  return ok();
}

bool NiftiStream::can_hold(std::uint64_t bytes) const {
  if (gzdirect(file_.get()) != 0) return bytes <= file_bytes_;
  return bytes / kMaxRatio <= file_bytes_;
}

Status NiftiStream::finish() {
  std::vector<std::byte> tail(kTailBytes);
  auto got = read_some(tail);
  if (!got) return std::move(got).error();
  return ok();
}

}  // namespace hilum::model
