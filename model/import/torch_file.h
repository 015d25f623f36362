#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/import/pickle.h"
#include "model/import/zip_archive.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// A file made by `torch.save` (PyTorch 1.6 or later): a zip with a pickle `data.pkl` that
/// describes tensors and a record `data/KEY` for each storage. Opening reads the pickle; numbers
/// are read when asked for, so that an optimizer's state costs nothing. Not thread-safe; movable.
class TorchFile {
 public:
  /// kNotFound when there is no such file; kUnsupported when it is another kind of file,
  /// big-endian, or holds anything but data (see `parse_pickle`); kInvalidInput when it is damaged;
  /// kNoSpace.
  static Result<TorchFile> open(const std::filesystem::path& file);

  [[nodiscard]] const PickleDocument& document() const { return document_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Whether the storage of `tensor` is there and has the bytes that the pickle says.
  /// kInvalidInput when not.
  [[nodiscard]] Status check_storage(const PickledTensor& tensor) const;
  /// Bytes of all storages: what the file's tensors may ask for.
  [[nodiscard]] std::uint64_t storage_bytes() const;
  /// The elements of a tensor of this file, row-major.
  Result<std::vector<float>> floats(const PickledTensor& tensor);

 private:
  TorchFile(std::filesystem::path path, ZipArchive archive)
      : path_(std::move(path)), archive_(std::move(archive)) {}
  Status read_pickle();
  [[nodiscard]] std::string record(const std::string& key) const;

  std::filesystem::path path_;
  ZipArchive archive_;
  std::string prefix_;  ///< the one directory of the archive, with its slash
  PickleDocument document_;
  /// The record read last: parameters that share a storage are asked for one after the other.
  std::optional<std::pair<std::string, std::vector<std::byte>>> last_record_;
};

}  // namespace hilum::model
