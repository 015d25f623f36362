#include "model/import/torch_file.h"

#include <fmt/format.h>

#include <new>
#include <string_view>

#include "model/import/file_kind.h"
#include "model/import/printable.h"

namespace hilum::model {
namespace {

constexpr std::string_view kPickleName = "data.pkl";

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

/// The directory that holds `data.pkl`: PyTorch names it "archive" or after the file.
Result<std::string> find_prefix(const ZipArchive& archive) {
  for (const auto& [name, size] : archive.entries()) {
    const auto slash = name.find('/');
    if (slash == std::string::npos || name.substr(slash + 1) != kPickleName) continue;
    if (size > kMaxPickleBytes) {
      return invalid(fmt::format("its {} has {} bytes, more than the {} that are read", kPickleName,
                                 size, kMaxPickleBytes));
    }
    return name.substr(0, slash + 1);
  }
  return invalid(fmt::format("it has no entry {}", kPickleName));
}

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// PyTorch 2 writes an entry `byteorder`; without it the machine was little-endian in practice.
Status check_byte_order(ZipArchive& archive, const std::string& name) {
  constexpr std::uint64_t kMaxBytes = 16;
  const auto found = archive.entries().find(name);
  if (found == archive.entries().end()) return ok();
  if (found->second > kMaxBytes) return invalid("its byteorder is neither little nor big");
  auto content = archive.read(name);
  if (!content) return std::move(content).error();
  if (text_of(*content) == "little") return ok();
  return Error{ErrorCode::kUnsupported,
               fmt::format("its byte order is '{}'; only 'little' is read: save it again on a "
                           "little-endian machine",
                           printable(text_of(*content)))};
}

/// Row-major copy through strides, an odometer over the indices.
std::vector<float> gather(const PickledTensor& tensor, std::span<const std::byte> storage) {
  std::size_t count = 1;
  for (const std::int64_t n : tensor.shape) count *= static_cast<std::size_t>(n);
  std::vector<float> values(count);
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  std::int64_t at = tensor.offset;
  for (float& value : values) {
    value = element_as_float(tensor.storage.type, storage, static_cast<std::size_t>(at));
    for (std::size_t d = index.size(); d-- > 0;) {
      at += tensor.strides[d];
      if (++index[d] < tensor.shape[d]) break;
      at -= index[d] * tensor.strides[d];
      index[d] = 0;
    }
  }
  return values;
}

}  // namespace

Result<TorchFile> TorchFile::open(const std::filesystem::path& file) {
  auto kind = file_kind(file);
  if (!kind) return std::move(kind).error();
  if (*kind != FileKind::kTorchCheckpoint) {
    return wrong_kind(file, *kind, describe(FileKind::kTorchCheckpoint));
  }
  auto archive = ZipArchive::open(file);
  if (!archive) return std::move(archive).error();
  TorchFile result(file, *std::move(archive));
  if (auto read = result.read_pickle(); !read) {
    return std::move(read).error().in(fmt::format("cannot use {}", file.string()));
  }
  return result;
}

Status TorchFile::read_pickle() {
  auto prefix = find_prefix(archive_);
  if (!prefix) return std::move(prefix).error();
  prefix_ = *std::move(prefix);
  if (auto order = check_byte_order(archive_, prefix_ + "byteorder"); !order) return order;
  auto pickle = archive_.read(prefix_ + std::string(kPickleName));
  if (!pickle) return std::move(pickle).error();
  auto document = parse_pickle(text_of(*pickle));
  if (!document) return std::move(document).error();
  document_ = *std::move(document);
  return ok();
}

std::string TorchFile::record(const std::string& key) const { return prefix_ + "data/" + key; }

Status TorchFile::check_storage(const PickledTensor& tensor) const {
  const PickledStorage& storage = tensor.storage;
  const auto found = archive_.entries().find(record(storage.key));
  if (found == archive_.entries().end()) {
    return invalid(fmt::format("has no record for its storage '{}'", printable(storage.key)));
  }
  const auto expected = static_cast<std::uint64_t>(storage.elements) * size_bytes(storage.type);
  if (found->second != expected) {
    return invalid(fmt::format("has a storage '{}' of {} bytes instead of {} ({} {})",
                               printable(storage.key), found->second, expected, storage.elements,
                               to_string(storage.type)));
  }
  return ok();
}

std::uint64_t TorchFile::storage_bytes() const {
  std::uint64_t total = 0;
  for (const auto& [name, size] : archive_.entries()) {
    if (name.starts_with(prefix_ + "data/")) total += size;
  }
  return total;
}

Result<std::vector<float>> TorchFile::floats(const PickledTensor& tensor) try {
  if (auto there = check_storage(tensor); !there) return std::move(there).error();
  const std::string name = record(tensor.storage.key);
  if (!last_record_ || last_record_->first != name) {
    last_record_.reset();  // before the next one is allocated
    auto content = archive_.read(name);
    if (!content) return std::move(content).error();
    last_record_.emplace(name, *std::move(content));
  }
  return gather(tensor, last_record_->second);
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace, "not enough memory to read a tensor"};
}

}  // namespace hilum::model
