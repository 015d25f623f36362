#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "pipeline/domain/posix_file.h"
#include "pipeline/domain/result.h"
#include "pipeline/domain/sha256.h"
#include "scp/disk_room.h"
#include "scp/durability.h"
#include "scp/file_meta.h"

namespace hilum::scp {

/// An instance that is being received: a file in the spool's `parts` directory that disappears with
/// the object unless `Spool::commit` made it permanent. Movable; used by one thread.
class PartFile {
 public:
  /// Creates the file, which must not exist, and writes the File Meta Information. What is appended
  /// is charged to `room`, which outlives the object.
  static Result<PartFile> create(std::filesystem::path file, IncomingInstance instance,
                                 std::uint64_t max_data_set_bytes, DiskRoom& room);
  ~PartFile();
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;

  /// Appends bytes of the data set as they came from the peer. kNoSpace when the disk is full, its
  /// reserve is being used up, or the data set grows beyond its limit; the object is of no use
  /// after an error.
  Status append(std::span<const std::byte> bytes);
  /// Makes the content durable and closes the file. Call it once, before using the digest.
  Status finish(Durability durability);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const IncomingInstance& instance() const { return instance_; }
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return meta_bytes_ + data_set_bytes_; }

 private:
  PartFile(UniqueFd fd, std::filesystem::path file, IncomingInstance instance,
           std::uint64_t max_data_set_bytes, DiskRoom& room);

  UniqueFd fd_;
  std::filesystem::path path_;  // empty after a move
  IncomingInstance instance_;
  std::uint64_t max_data_set_bytes_;
  DiskRoom& room_;
  std::uint64_t meta_bytes_ = 0;
  std::uint64_t data_set_bytes_ = 0;
  Sha256 hash_;
  std::string sha256_;
};

}  // namespace hilum::scp
