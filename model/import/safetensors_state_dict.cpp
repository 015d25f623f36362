#include <fmt/format.h>

#include <array>
#include <cstring>
#include <fstream>
#include <new>
#include <optional>
#include <string_view>

#include "model/import/printable.h"
#include "model/import/state_dict.h"
#include "model/safetensors_header.h"

namespace hilum::model {
namespace {

constexpr std::size_t kLengthBytes = 8;  ///< the header's length, in front of the header

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

/// Nothing for the types that only safetensors.h knows, should it learn more.
std::optional<ElementType> element_type(DType type) {
  constexpr std::array kTypes{ElementType::kF64,  ElementType::kF32, ElementType::kF16,
                              ElementType::kBF16, ElementType::kI64, ElementType::kI32,
                              ElementType::kI16,  ElementType::kI8,  ElementType::kU8,
                              ElementType::kBool};
  for (const ElementType candidate : kTypes) {
    if (to_string(candidate) == to_string(type)) return candidate;
  }
  return std::nullopt;
}

class SafetensorsStateDict final : public StateDict {
 public:
  /// `in` stands anywhere; the data section starts at `data_start`.
  SafetensorsStateDict(std::ifstream in, std::uint64_t data_start, std::uint64_t bytes)
      : in_(std::move(in)), data_start_(data_start) {
    file_bytes_ = bytes;
  }

  Status add(const std::string& name, const TensorEntry& entry) {
    const auto type = element_type(entry.type);
    if (!type) {
      return Error{ErrorCode::kUnsupported, fmt::format("its tensor '{}' has the type {}",
                                                        printable(name), to_string(entry.type))};
    }
    tensors_.emplace(name, TensorInfo{*type, entry.shape});
    entries_.emplace(name, entry);
    return ok();
  }

 private:
  Result<std::vector<float>> read(const std::string& name) override try {
    const TensorEntry& entry = entries_.at(name);
    std::vector<std::byte> bytes(entry.size);
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(data_start_ + entry.offset));
    in_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (static_cast<std::size_t>(in_.gcount()) != bytes.size()) {
      return invalid("cannot be read to its end");
    }
    const ElementType type = tensors_.at(name).type;
    std::vector<float> values(bytes.size() / hilum::model::size_bytes(type));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = element_as_float(type, bytes, i);
    return values;
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kNoSpace, "not enough memory to read it"};
  }

  std::ifstream in_;
  std::uint64_t data_start_;
  std::map<std::string, TensorEntry> entries_;
};

struct Opened {
  SafetensorsHeader header;
  std::uint64_t data_start = 0;
};

/// The header, once its length is known to be sane.
Result<Opened> read_header(std::ifstream& in, std::uint64_t file_bytes) {
  std::uint64_t length = 0;
  std::array<char, kLengthBytes> raw{};
  in.read(raw.data(), kLengthBytes);
  if (file_bytes < kLengthBytes || !in) return invalid("it is too short for a safetensors file");
  std::memcpy(&length, raw.data(), kLengthBytes);
  if (length > SafetensorsFile::kMaxHeaderBytes || length > file_bytes - kLengthBytes) {
    return invalid(fmt::format("it claims a header of {} bytes in a file of {}; up to {} are read",
                               length, file_bytes, SafetensorsFile::kMaxHeaderBytes));
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) return invalid("its header cannot be read");
  const std::uint64_t data_start = kLengthBytes + length;
  auto header = parse_safetensors_header(text, static_cast<std::size_t>(file_bytes - data_start));
  if (!header) return std::move(header).error();
  return Opened{.header = *std::move(header), .data_start = data_start};
}

}  // namespace

Result<std::unique_ptr<StateDict>> open_safetensors(const std::filesystem::path& file) try {
  std::error_code failure;
  const std::uint64_t file_bytes = std::filesystem::file_size(file, failure);
  std::ifstream in(file, std::ios::binary);
  if (failure || !in) {
    return Error{ErrorCode::kNotFound, fmt::format("cannot open {}", file.string())};
  }
  const auto context = [&] { return fmt::format("cannot use {}", file.string()); };
  auto opened = read_header(in, file_bytes);
  if (!opened) return std::move(opened).error().in(context());
  auto result =
      std::make_unique<SafetensorsStateDict>(std::move(in), opened->data_start, file_bytes);
  for (const auto& [name, entry] : opened->header.tensors) {
    if (auto added = result->add(name, entry); !added) {
      return std::move(added).error().in(context());
    }
  }
  return std::unique_ptr<StateDict>(std::move(result));
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace, fmt::format("not enough memory to read {}", file.string())};
}

}  // namespace hilum::model
