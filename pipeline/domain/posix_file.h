#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include "pipeline/domain/result.h"

/// The few system calls that more than one folder makes itself, with errors as values. Stateless;
/// thread-safe.
namespace hilum {

/// Owns a file descriptor. Not thread-safe.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

/// The one place where errno becomes an ErrorCode: exhausted disk, quota, file size limit or memory
/// is kNoSpace, exhausted descriptors kUnavailable, a missing file kNotFound, the rest kInternal.
Error errno_error(int number, std::string_view what, const std::filesystem::path& object);

/// Writes everything, however many calls it takes.
Status write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& name);
/// Makes the entries of a directory durable.
Status sync_directory(const std::filesystem::path& directory);

}  // namespace hilum
