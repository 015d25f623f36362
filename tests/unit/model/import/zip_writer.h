#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hilum::test {

/// An entry of a hand-made zip. What is no default is a lie that a reader must notice.
struct ZipEntry {
  std::string name;
  std::string content;
  std::uint16_t method = 0;          ///< 0 stored, 8 deflated
  std::uint16_t flags = 0;           ///< bit 0: encrypted
  std::int64_t claimed_bytes = -1;   ///< instead of the content's size
  std::int64_t same_place_as = -1;   ///< index of the entry whose data this one shares
  std::int64_t unpacked_bytes = -1;  ///< of a compressed entry
};

inline std::uint32_t crc32_of(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

/// A zip (APPNOTE.TXT 4.3) without zip64, byte by byte, so that it can be wrong where a library
/// would refuse.
class ZipWriter {
 public:
  static std::string make(const std::vector<ZipEntry>& entries) {
    ZipWriter writer;
    for (const ZipEntry& entry : entries) writer.local(entry);
    writer.directory(entries);
    return std::move(writer.bytes_);
  }

 private:
  void number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_.push_back(static_cast<char>((value >> (8 * i)) & 0xffU));
  }
  static std::uint64_t size_of(const ZipEntry& entry) {
    return entry.claimed_bytes < 0 ? entry.content.size()
                                   : static_cast<std::uint64_t>(entry.claimed_bytes);
  }
  /// From "version needed" to the length of the extra field.
  void common(const ZipEntry& entry) {
    number(20, 2);
    number(entry.flags, 2);
    number(entry.method, 2);
    number(0, 4);  // time and date
    number(crc32_of(entry.content), 4);
    number(size_of(entry), 4);
    number(entry.unpacked_bytes < 0 ? size_of(entry)
                                    : static_cast<std::uint64_t>(entry.unpacked_bytes),
           4);
    number(entry.name.size(), 2);
    number(0, 2);
  }
  void local(const ZipEntry& entry) {
    if (entry.same_place_as >= 0) {
      offsets_.push_back(offsets_[static_cast<std::size_t>(entry.same_place_as)]);
      return;
    }
    offsets_.push_back(bytes_.size());
    number(0x04034b50, 4);
    common(entry);
    bytes_ += entry.name + entry.content;
  }
  void directory(const std::vector<ZipEntry>& entries) {
    const std::uint64_t start = bytes_.size();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      number(0x02014b50, 4);
      number(20, 2);
      common(entries[i]);
      number(0, 2);  // comment
      number(0, 2);  // disk
      number(0, 2);
      number(0, 4);
      number(offsets_[i], 4);
      bytes_ += entries[i].name;
    }
    const std::uint64_t size = bytes_.size() - start;
    number(0x06054b50, 4);
    number(0, 4);
    number(entries.size(), 2);
    number(entries.size(), 2);
    number(size, 4);
    number(start, 4);
    number(0, 2);
  }

  std::string bytes_;
  std::vector<std::uint64_t> offsets_;
};

}  // namespace hilum::test
