#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "pipeline/domain/posix_file.h"
#include "pipeline/domain/result.h"

namespace hilum::dicomseg {

/// Bytes that are read once, from front to back, in constant memory. One thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Up to `to.size()` bytes; fewer only at the end.
  virtual Result<std::size_t> read(std::span<std::byte> to) = 0;
  /// Passes over up to `count` bytes; returns how many, fewer only at the end.
  virtual Result<std::uint64_t> skip(std::uint64_t count) = 0;
};

/// A file. What is skipped is not read.
class FileBytes : public ByteSource {
 public:
  /// kNotFound when it is not there, kUnavailable without file descriptors, kInvalidInput when it
  /// is no regular file.
  static Result<std::unique_ptr<FileBytes>> open(const std::filesystem::path& file);

  Result<std::size_t> read(std::span<std::byte> to) override;
  Result<std::uint64_t> skip(std::uint64_t count) override;
  /// The last `count` bytes that were read come again.
  void go_back(std::uint64_t count) { position_ -= count; }

 private:
  FileBytes(std::filesystem::path name, UniqueFd fd, std::uint64_t size)
      : name_(std::move(name)), fd_(std::move(fd)), size_(size) {}
  Status fill();

  std::filesystem::path name_;
  UniqueFd fd_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
  std::uint64_t buffer_at_ = 0;  ///< position of the buffer's first byte
  std::size_t buffer_size_ = 0;
  std::array<std::byte, 8192> buffer_;
};

/// What a deflated stream (RFC 1951, without header: PS3.5 A.5) holds. Inflates as it is read, so a
/// bomb costs time for as many bytes as the reader asks for, and no memory.
class InflatedBytes : public ByteSource {
 public:
  /// kNoSpace without memory for the decoder.
  static Result<std::unique_ptr<InflatedBytes>> of(std::unique_ptr<ByteSource> deflated);
  ~InflatedBytes() override;
  InflatedBytes(const InflatedBytes&) = delete;
  InflatedBytes& operator=(const InflatedBytes&) = delete;

  /// kInvalidInput where the stream is damaged, or ends before its last block.
  Result<std::size_t> read(std::span<std::byte> to) override;
  Result<std::uint64_t> skip(std::uint64_t count) override;

 private:
  explicit InflatedBytes(std::unique_ptr<ByteSource> deflated) : deflated_(std::move(deflated)) {}

  std::unique_ptr<ByteSource> deflated_;
  z_stream stream_{};
  bool ended_ = false;
  std::array<std::byte, 16384> input_;
};

}  // namespace hilum::dicomseg
