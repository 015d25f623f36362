#include "dicomseg/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace hilum::dicomseg {

Result<std::unique_ptr<FileBytes>> FileBytes::open(const std::filesystem::path& file) {
  // A pipe's other end would decide when this returns.
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return errno_error(errno, "open", file);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return errno_error(errno, "look at", file);
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorCode::kInvalidInput, file.filename().string() + " is not a regular file"};
  }
  return std::unique_ptr<FileBytes>(
      new FileBytes(file, std::move(fd), static_cast<std::uint64_t>(status.st_size)));
}

Status FileBytes::fill() {
  for (;;) {
    const ssize_t got =
        ::pread(fd_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(position_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "read", name_);
    buffer_at_ = position_;
    buffer_size_ = static_cast<std::size_t>(got);
    return ok();
  }
}

Result<std::size_t> FileBytes::read(std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const bool in_buffer = position_ >= buffer_at_ && position_ < buffer_at_ + buffer_size_;
    if (!in_buffer) {
      if (auto filled = fill(); !filled) return std::move(filled).error();
      if (buffer_size_ == 0) break;
    }
    const auto offset = static_cast<std::size_t>(position_ - buffer_at_);
    const std::size_t count = std::min(to.size() - done, buffer_size_ - offset);
    std::memcpy(to.data() + done, buffer_.data() + offset, count);
    done += count;
    position_ += count;
  }
  return done;
}

Result<std::uint64_t> FileBytes::skip(std::uint64_t count) {
  const std::uint64_t skipped = std::min(count, size_ - std::min(size_, position_));
  position_ += skipped;
  return skipped;
}

Result<std::unique_ptr<InflatedBytes>> InflatedBytes::of(std::unique_ptr<ByteSource> deflated) {
  std::unique_ptr<InflatedBytes> made(new InflatedBytes(std::move(deflated)));
  if (::inflateInit2(&made->stream_, -MAX_WBITS) != Z_OK) {
    return Error{ErrorCode::kNoSpace, "no memory to inflate a deflated data set"};
  }
  return made;
}

InflatedBytes::~InflatedBytes() { ::inflateEnd(&stream_); }

Result<std::size_t> InflatedBytes::read(std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size() && !ended_) {
    if (stream_.avail_in == 0) {
      auto got = deflated_->read(input_);
      if (!got) return std::move(got).error();
      if (*got == 0) {
        return Error{ErrorCode::kInvalidInput, "the deflated data set is cut off"};
      }
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
      stream_.avail_in = static_cast<uInt>(*got);
    }
    constexpr std::size_t kAtOnce = 1U << 30U;  // zlib counts in 32 bits
    const auto room = static_cast<uInt>(std::min(to.size() - done, kAtOnce));
    stream_.next_out = reinterpret_cast<Bytef*>(to.data() + done);
    stream_.avail_out = room;
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    done += room - stream_.avail_out;
    if (result == Z_STREAM_END) {
      ended_ = true;
    } else if (result == Z_MEM_ERROR) {
      return Error{ErrorCode::kNoSpace, "no memory to inflate a deflated data set"};
    } else if (result != Z_OK) {
      return Error{ErrorCode::kInvalidInput, "the deflated data set is damaged"};
    }
  }
  return done;
}

Result<std::uint64_t> InflatedBytes::skip(std::uint64_t count) {
  std::vector<std::byte> dropped(std::min<std::uint64_t>(count, 1U << 16U));
  std::uint64_t done = 0;
  while (done < count) {
    const auto wanted = std::min<std::uint64_t>(dropped.size(), count - done);
    auto got = read(std::span(dropped).first(static_cast<std::size_t>(wanted)));
    if (!got) return std::move(got).error();
    if (*got == 0) break;
    done += *got;
  }
  return done;
}

}  // namespace hilum::dicomseg
