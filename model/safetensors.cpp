#include "model/safetensors.h"

#include <fmt/format.h>

#include <bit>
#include <fstream>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "model/half.h"
#include "model/safetensors_header.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::model {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors is little-endian and its numbers are copied as they are");

constexpr std::size_t kLengthBytes = 8;  ///< the header's length, in front of the header
constexpr std::size_t kDataAlignment = 8;

Error invalid(std::string message) { return {ErrorCode::kInvalidInput, std::move(message)}; }

bool read_bytes(std::ifstream& in, void* to, std::size_t bytes) {
  in.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes));
  return static_cast<std::size_t>(in.gcount()) == bytes;
}

struct Content {
  SafetensorsHeader header;
  std::vector<std::byte> data;
};

Result<Content> read_content(std::ifstream& in, std::size_t file_bytes) {
  std::uint64_t header_bytes = 0;
  if (file_bytes < kLengthBytes || !read_bytes(in, &header_bytes, kLengthBytes)) {
    return invalid("it is too short for a safetensors file");
  }
  if (header_bytes > SafetensorsFile::kMaxHeaderBytes) {
    return invalid(fmt::format("it claims a header of {} bytes, more than the {} that are read",
                               header_bytes, SafetensorsFile::kMaxHeaderBytes));
  }
  const std::size_t rest = file_bytes - kLengthBytes;
  if (header_bytes > rest) {
    return invalid(fmt::format("it is truncated: a header of {} bytes in a file of {}",
                               header_bytes, file_bytes));
  }
  std::string text(static_cast<std::size_t>(header_bytes), '\0');
  if (!read_bytes(in, text.data(), text.size())) return invalid("its header cannot be read");
  auto header = parse_safetensors_header(text, rest - text.size());
  if (!header) return std::move(header).error();
  Content content{.header = std::move(*header), .data = {}};
  content.data.resize(rest - text.size());
  if (!read_bytes(in, content.data.data(), content.data.size())) {
    return invalid("its data cannot be read to the end");
  }
  return content;
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::read(const std::filesystem::path& file) try {
  std::error_code failure;
  const auto file_bytes = std::filesystem::file_size(file, failure);
  std::ifstream in(file, std::ios::binary);
  if (failure || !in) {
    return Error{ErrorCode::kNotFound, fmt::format("cannot open {}", file.string())};
  }
  auto content = read_content(in, static_cast<std::size_t>(file_bytes));
  if (!content) return std::move(content).error().in(fmt::format("cannot use {}", file.string()));
  SafetensorsFile result;
  result.metadata_ = std::move(content->header.metadata);
  result.tensors_ = std::move(content->header.tensors);
  result.data_ = std::move(content->data);
  return result;
} catch (const std::bad_alloc&) {
  return Error{ErrorCode::kNoSpace, fmt::format("not enough memory to read {}", file.string())};
}

Result<const TensorEntry*> SafetensorsFile::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    return Error{ErrorCode::kNotFound, fmt::format("the file has no tensor '{}'", name)};
  }
  return &found->second;
}

Result<const TensorEntry*> SafetensorsFile::typed(const std::string& name, DType type) const {
  auto found = find(name);
  if (found && (*found)->type != type) {
    return invalid(
        fmt::format("tensor '{}' is {}, not {}", name, to_string((*found)->type), to_string(type)));
  }
  return found;
}

Result<std::vector<float>> SafetensorsFile::floats(const std::string& name) const {
  const auto found = find(name);
  if (!found || (*found)->type != DType::kF16) return values<float>(name);
  const auto raw = bytes(**found);
  std::vector<float> result(raw.size() / sizeof(std::uint16_t));
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, raw.data() + i * sizeof half, sizeof half);
    result[i] = half_to_float(half);
  }
  return result;
}

Status write_safetensors(const std::filesystem::path& file, std::span<const TensorToWrite> tensors,
                         const std::map<std::string, std::string>& metadata) {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::vector<std::span<const std::byte>> pieces(2);
  std::size_t offset = 0;
  for (const TensorToWrite& tensor : tensors) {
    auto expected = tensor_bytes(tensor.shape, tensor.type, tensor.bytes.size());
    if (!expected || *expected != tensor.bytes.size()) {
      return invalid(fmt::format("cannot write tensor '{}': {} bytes do not match shape {} of {}",
                                 tensor.name, tensor.bytes.size(), shape_text(tensor.shape),
                                 to_string(tensor.type)));
    }
    header[tensor.name] = {{"dtype", to_string(tensor.type)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
    pieces.push_back(tensor.bytes);
  }
  // Names and metadata that are no UTF-8 are written with replacement characters.
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + kDataAlignment - 1) / kDataAlignment * kDataAlignment, ' ');
  const std::uint64_t length = text.size();
  pieces[0] = std::as_bytes(std::span(&length, 1));
  pieces[1] = std::as_bytes(std::span(text));
  return replace_file(file, pieces);
}

}  // namespace hilum::model
