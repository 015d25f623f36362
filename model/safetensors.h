#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/domain/result.h"

namespace hilum::model {

/// Element types of the safetensors format that this node knows. F16 is read, never computed with.
enum class DType { kF64, kF32, kF16, kI64, kI16, kU8 };
/// The type's name in the format, for example "F32".
std::string_view to_string(DType type);
/// Size of one element.
std::size_t size_bytes(DType type);

/// One tensor of a file: row-major, little-endian, `size` bytes from `offset` of the data section.
struct TensorEntry {
  DType type = DType::kF32;
  std::vector<std::int64_t> shape;
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// "[2, 3]", for messages.
std::string shape_text(std::span<const std::int64_t> shape);

template <class T>
inline constexpr DType kDTypeOf = DType::kU8;
template <>
inline constexpr DType kDTypeOf<double> = DType::kF64;
template <>
inline constexpr DType kDTypeOf<float> = DType::kF32;
template <>
inline constexpr DType kDTypeOf<std::int64_t> = DType::kI64;
template <>
inline constexpr DType kDTypeOf<std::int16_t> = DType::kI16;

/// A safetensors file in memory (https://github.com/huggingface/safetensors#format): 8 bytes with
/// the length of a JSON header, the header, the data. The file may come from anywhere: every number
/// in it is checked against the file's real size before it is used. Immutable, safe from any
/// thread.
class SafetensorsFile {
 public:
  /// The largest header that is read; the format's own limit is 100 MB, real ones have a few KiB.
  static constexpr std::size_t kMaxHeaderBytes = std::size_t{16} << 20;

  /// kNotFound when there is no such file; kInvalidInput, naming the tensor, when a length, shape,
  /// type or offset is wrong; kNoSpace when memory does not suffice.
  static Result<SafetensorsFile> read(const std::filesystem::path& file);

  SafetensorsFile(SafetensorsFile&&) = default;
  SafetensorsFile& operator=(SafetensorsFile&&) = default;

  /// `__metadata__` of the header.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// All tensors, by name.
  [[nodiscard]] const std::map<std::string, TensorEntry>& tensors() const { return tensors_; }
  /// Bytes of a tensor of this file; valid as long as the file object.
  [[nodiscard]] std::span<const std::byte> bytes(const TensorEntry& entry) const {
    return std::span(data_).subspan(entry.offset, entry.size);
  }

  /// Elements of tensor `name`, copied. kNotFound; kInvalidInput when it has another type.
  template <class T>
  [[nodiscard]] Result<std::vector<T>> values(const std::string& name) const {
    auto found = typed(name, kDTypeOf<T>);
    if (!found) return std::move(found).error();
    std::vector<T> copy((*found)->size / sizeof(T));
    if (!copy.empty()) std::memcpy(copy.data(), data_.data() + (*found)->offset, (*found)->size);
    return copy;
  }
  /// Elements of an F32 or F16 tensor as float, copied.
  [[nodiscard]] Result<std::vector<float>> floats(const std::string& name) const;

 private:
  SafetensorsFile() = default;
  [[nodiscard]] Result<const TensorEntry*> find(const std::string& name) const;
  [[nodiscard]] Result<const TensorEntry*> typed(const std::string& name, DType type) const;

  std::map<std::string, std::string> metadata_;
  std::map<std::string, TensorEntry> tensors_;
  std::vector<std::byte> data_;
};

/// A tensor to be written. `bytes` must live until `write_safetensors` returns.
struct TensorToWrite {
  std::string name;
  DType type = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Writes a safetensors file durably (see pipeline/domain/durable_file.h), the tensors in the order
/// given and the header padded so that the data start at a multiple of 8. kInvalidInput when the
/// bytes of a tensor do not match its shape.
Status write_safetensors(const std::filesystem::path& file, std::span<const TensorToWrite> tensors,
                         const std::map<std::string, std::string>& metadata);

}  // namespace hilum::model
