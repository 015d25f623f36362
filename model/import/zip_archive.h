#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// A zip archive as PyTorch writes it, for reading: numbers stored without compression, zip64 where
/// needed. The archive may come from anywhere. Encrypted entries are refused, and the entries
/// together may not be larger than the file (overlapping ones are how small archives unpack to huge
/// ones), so that reading an entry never takes more memory than the file has bytes. Compressed
/// entries (TorchScript's code, which LibTorch reads itself) may be there up to a limit, and cannot
/// be read here. Not thread-safe; movable.
class ZipArchive {
 public:
  static constexpr std::int64_t kMaxEntries = 100'000;
  static constexpr std::uint64_t kMaxCompressedBytes = std::uint64_t{64} << 20U;  ///< unpacked

  /// kNotFound when there is no such file; kInvalidInput, naming the entry, when it is damaged or
  /// breaks the rules above; kUnsupported in a build without libzip.
  static Result<ZipArchive> open(const std::filesystem::path& file);

  ZipArchive(ZipArchive&&) noexcept;
  ZipArchive& operator=(ZipArchive&&) noexcept;
  ~ZipArchive();

  /// Sizes in bytes by name.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& entries() const;
  /// The content of an entry, its checksum verified. kNotFound; kInvalidInput when it is damaged or
  /// kNoSpace when memory does not suffice.
  Result<std::vector<std::byte>> read(const std::string& name);

 private:
  struct State;
  explicit ZipArchive(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hilum::model
