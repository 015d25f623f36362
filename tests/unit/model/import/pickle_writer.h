#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/model/import/zip_writer.h"

namespace hilum::test {

/// Writes pickles opcode by opcode, good ones and bad ones. Each function appends and returns
/// *this.
class PickleWriter {
 public:
  explicit PickleWriter(int protocol = 2) { op(0x80).byte(protocol); }

  PickleWriter& op(int code) { return byte(code); }
  PickleWriter& byte(int value) {
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  PickleWriter& raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  PickleWriter& number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) byte(static_cast<int>((value >> (8 * i)) & 0xffU));
    return *this;
  }
  PickleWriter& text(std::string_view value) { return op('X').number(value.size(), 4).raw(value); }
  PickleWriter& integer(std::int64_t value) {  // LONG1
    return op(0x8a).byte(8).number(std::bit_cast<std::uint64_t>(value), 8);
  }
  PickleWriter& global(std::string_view module, std::string_view name) {
    return op('c').raw(module).raw("\n").raw(name).raw("\n");
  }
  PickleWriter& mark() { return op('('); }
  PickleWriter& tuple() { return op('t'); }
  PickleWriter& numbers(std::span<const std::int64_t> values) {
    mark();
    for (const std::int64_t value : values) integer(value);
    return tuple();
  }
  PickleWriter& ordered_dict() { return global("collections", "OrderedDict").op(')').op('R'); }
  std::string stop() { return std::move(op('.').bytes_); }

 private:
  std::string bytes_;
};

/// What `_rebuild_tensor_v2` is given.
struct PickledTensorSpec {
  std::string storage_class = "FloatStorage";
  std::string key = "0";
  std::int64_t storage_elements = 6;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape{2, 3};
  std::vector<std::int64_t> strides{3, 1};
};

inline PickleWriter& append_tensor(PickleWriter& writer, const PickledTensorSpec& spec) {
  writer.global("torch._utils", "_rebuild_tensor_v2").mark();
  writer.mark().text("storage").global("torch", spec.storage_class).text(spec.key).text("cpu");
  writer.integer(spec.storage_elements).tuple().op('Q');
  writer.integer(spec.offset).numbers(spec.shape).numbers(spec.strides).op(0x89);
  return writer.ordered_dict().tuple().op('R');
}

/// A pickle with nothing but one tensor.
inline std::string tensor_pickle(const PickledTensorSpec& spec) {
  PickleWriter writer;
  return append_tensor(writer, spec).stop();
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

inline std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

/// A file as torch.save({'net': OrderedDict(tensors)}) makes it.
inline std::string checkpoint_bytes(const std::vector<NamedTensor>& tensors) {
  PickleWriter writer;
  writer.op('}').text("net").ordered_dict();
  std::vector<ZipEntry> entries{{.name = "archive/data.pkl", .content = {}}};
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const NamedTensor& tensor = tensors[i];
    const std::string key = std::to_string(i);
    writer.text(tensor.name);
    append_tensor(writer, {.key = key,
                           .storage_elements = static_cast<std::int64_t>(tensor.values.size()),
                           .shape = tensor.shape,
                           .strides = row_major_strides(tensor.shape)});
    writer.op('s');
    entries.push_back({.name = "archive/data/" + key, .content = bytes_of(tensor.values)});
  }
  entries[0].content = writer.op('s').stop();
  entries.push_back({.name = "archive/version", .content = "3\n"});
  return ZipWriter::make(entries);
}

}  // namespace hilum::test
