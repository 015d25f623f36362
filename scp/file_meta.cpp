#include "scp/file_meta.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "pipeline/domain/implementation.h"
#include "pipeline/domain/posix_file.h"
#include "pipeline/domain/sha256.h"

namespace hilum::scp {
namespace {

constexpr std::size_t kPreambleSize = 128;
/// Preamble, "DICM", and the element (0002,0000) with its 4-byte value: the fixed start.
constexpr std::size_t kFixedStartSize = kPreambleSize + 4 + 8 + 4;

void append_uint16(std::string& out, std::uint16_t value) {
  out.push_back(static_cast<char>(value & 0xFF));
  out.push_back(static_cast<char>(value >> 8));
}

void append_uint32(std::string& out, std::uint32_t value) {
  append_uint16(out, static_cast<std::uint16_t>(value & 0xFFFF));
  append_uint16(out, static_cast<std::uint16_t>(value >> 16));
}

/// An element of group 0002 in Explicit VR Little Endian with a 2-byte length (PS3.5 7.1.2).
void append_text(std::string& out, std::uint16_t element, std::string_view vr,
                 std::string_view value) {
  const bool odd = value.size() % 2 != 0;
  append_uint16(out, 0x0002);
  append_uint16(out, element);
  out += vr;
  append_uint16(out, static_cast<std::uint16_t>(value.size() + (odd ? 1 : 0)));
  out += value;
  if (odd) out.push_back(vr == "UI" ? '\0' : ' ');
}

/// Where the data set starts, from the group length in the fixed start.
Result<std::uint64_t> data_set_offset(int fd, const std::filesystem::path& file) {
  std::array<unsigned char, kFixedStartSize> start{};
  constexpr std::array<unsigned char, 12> kExpected{'D', 'I', 'C', 'M', 2, 0, 0, 0, 'U', 'L', 4, 0};
  const ssize_t got = ::pread(fd, start.data(), start.size(), 0);
  if (got < 0) return errno_error(errno, "read", file);
  if (static_cast<std::size_t>(got) != start.size() ||
      std::memcmp(start.data() + kPreambleSize, kExpected.data(), kExpected.size()) != 0) {
    return Error{ErrorCode::kInvalidInput, "not a file of this spool: " + file.string()};
  }
  std::uint64_t length = 0;
  for (int i = 3; i >= 0; --i) {
    length = (length << 8) | start[kFixedStartSize - 4 + static_cast<std::size_t>(i)];
  }
  return kFixedStartSize + length;
}

}  // namespace

std::string encode_file_meta(const IncomingInstance& instance) {
  std::string group;
  // (0002,0001) File Meta Information Version, OB with a 4-byte length.
  group += std::string_view("\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01", 14);
  append_text(group, 0x0002, "UI", instance.sop_class.str());
  append_text(group, 0x0003, "UI", instance.sop.str());
  append_text(group, 0x0010, "UI", instance.transfer_syntax.str());
  append_text(group, 0x0012, "UI", implementation_class_uid());
  append_text(group, 0x0013, "SH", kImplementationVersionName);
  if (!instance.calling_ae.empty()) append_text(group, 0x0016, "AE", instance.calling_ae);

  std::string out(kPreambleSize, '\0');
  out += "DICM";
  out += std::string_view("\x02\x00\x00\x00UL\x04\x00", 8);
  append_uint32(out, static_cast<std::uint32_t>(group.size()));
  return out + group;
}

Result<std::string> data_set_sha256(const std::filesystem::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error(errno, "open", file);
  auto offset = data_set_offset(fd.get(), file);
  if (!offset) return std::move(offset).error();
  if (::lseek(fd.get(), static_cast<off_t>(*offset), SEEK_SET) < 0) {
    return errno_error(errno, "seek in", file);
  }
  constexpr std::size_t kChunk = 1 << 18;
  std::vector<std::byte> chunk(kChunk);
  Sha256 hash;
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error(errno, "read", file);
    if (got == 0) return Sha256::hex(hash.finish());
    hash.update(std::span(chunk).first(static_cast<std::size_t>(got)));
  }
}

}  // namespace hilum::scp
