#include "dicomseg/data_set_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "dicomseg/byte_source.h"
#include "dicomseg/data_set_walk.h"
#include "dicomseg/element_encoding.h"

namespace hilum::dicomseg {
namespace {

constexpr std::uint16_t kMetaGroup = 0x0002;
constexpr ElementTag kMetaLength{kMetaGroup, 0x0000};
constexpr ElementTag kTransferSyntax{kMetaGroup, 0x0010};
constexpr const char* kOtherMetaLength =
    "its File Meta Information has another length than it says (0002,0000)";

/// A file behind its preamble and File Meta Information (PS3.10 7.1), if it has them.
class Part10 {
 public:
  static Result<Part10> open(const std::filesystem::path& file, std::span<const ElementTag> wanted,
                             DataSetScan& into) {
    auto bytes = FileBytes::open(file);
    if (!bytes) return std::move(bytes).error();
    Part10 part10(std::move(*bytes));
    if (auto read = part10.pass_preamble(); !read) return std::move(read).error();
    if (auto read = part10.read_meta(wanted, into); !read) return std::move(read).error();
    return part10;
  }

  /// What a data set without File Meta Information seems to be.
  Result<Encoding> guessed_encoding() {
    std::array<std::byte, 6> begin{};
    auto got = bytes_->read(begin);
    if (!got) return std::move(got).error();
    bytes_->go_back(*got);
    const bool has_vr =
        is_capital(static_cast<char>(begin[4])) && is_capital(static_cast<char>(begin[5]));
    return has_vr ? Encoding{} : kImplicitLittle;
  }
  std::unique_ptr<ByteSource> data_set() && { return std::move(bytes_); }

 private:
  explicit Part10(std::unique_ptr<FileBytes> bytes) : bytes_(std::move(bytes)) {}

  Status pass_preamble() {
    std::array<std::byte, 132> start{};
    auto got = bytes_->read(start);
    if (!got) return std::move(got).error();
    constexpr std::array kPrefix{std::byte{'D'}, std::byte{'I'}, std::byte{'C'}, std::byte{'M'}};
    const auto prefix = std::span(start).last<kPrefix.size()>();
    if (!std::ranges::equal(prefix, kPrefix)) bytes_->go_back(*got);
    return ok();
  }

  Status read_meta(std::span<const ElementTag> wanted, DataSetScan& into) {
    constexpr int kMostElements = 1000;
    for (int i = 0; i < kMostElements; ++i) {
      std::array<std::byte, 8> header{};
      auto got = bytes_->read(header);
      if (!got) return std::move(got).error();
      const ElementTag tag = tag_in(std::span(header).first<4>(), Order::kLittle);
      if (*got < header.size() || tag.group != kMetaGroup) {
        bytes_->go_back(*got);
        return check_meta_length();
      }
      last_element_ = meta_read_;
      meta_read_ += header.size();
      auto value = value_behind(header, tag);
      if (!value) return std::move(value).error();
      if (i == 0 && tag == kMetaLength) {
        if (value->size() != 4) return Error{ErrorCode::kInvalidInput, kOtherMetaLength};
        meta_end_ = meta_read_ + number(std::as_bytes(std::span(*value)), Order::kLittle);
      }
      std::string text = unpadded(std::as_bytes(std::span(*value)));
      if (std::ranges::find(wanted, tag) != wanted.end()) into.values.emplace(tag, text);
      if (tag == kTransferSyntax) into.transfer_syntax = std::move(text);
    }
    return Error{ErrorCode::kInvalidInput, "more than 1000 elements of File Meta Information"};
  }

  /// DCMTK goes by the length that the group says, to the end of an element, and would build what
  /// was not walked. Writers that are wrong by less are usual enough.
  Status check_meta_length() const {
    if (!meta_end_ || (*meta_end_ > last_element_ && *meta_end_ <= meta_read_)) return ok();
    return Error{ErrorCode::kInvalidInput, kOtherMetaLength};
  }

  /// As stored, cut after 1 KiB.
  Result<std::string> value_behind(std::span<const std::byte, 8> header, ElementTag tag) {
    const auto missing = [&] {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("the file ends inside element {}", to_string(tag))};
    };
    std::uint32_t length = number(header.last<2>(), Order::kLittle);
    const std::string vr{static_cast<char>(header[4]), static_cast<char>(header[5])};
    if (has_long_length(vr)) {
      std::array<std::byte, 4> bytes{};
      auto got = bytes_->read(bytes);
      if (!got) return std::move(got).error();
      if (*got < bytes.size()) return missing();
      length = number(bytes, Order::kLittle);
      meta_read_ += bytes.size();
    }
    std::array<std::byte, kLongestWanted> bytes{};
    const auto begin = std::span(bytes).first(std::min<std::size_t>(length, bytes.size()));
    auto got = bytes_->read(begin);
    if (!got) return std::move(got).error();
    auto passed = bytes_->skip(length - begin.size());
    if (!passed) return std::move(passed).error();
    if (*got + *passed < length) return missing();
    meta_read_ += length;
    return std::string(reinterpret_cast<const char*>(begin.data()), begin.size());
  }

  std::unique_ptr<FileBytes> bytes_;
  std::uint64_t last_element_ = 0;           ///< where it begins
  std::uint64_t meta_read_ = 0;              ///< bytes of File Meta Information
  std::optional<std::uint64_t> meta_end_{};  ///< as its group length says
};

Result<DataSetScan> scanned(const std::filesystem::path& file, std::span<const ElementTag> wanted,
                            const ScanLimits& limits) {
  DataSetScan scan;
  auto part10 = Part10::open(file, wanted, scan);
  if (!part10) return std::move(part10).error();
  Encoding encoding = encoding_of(scan.transfer_syntax);
  if (scan.transfer_syntax.empty()) {
    auto guessed = part10->guessed_encoding();
    if (!guessed) return std::move(guessed).error();
    encoding = *guessed;
  }
  const bool deflated = is_deflated(scan.transfer_syntax);
  std::unique_ptr<ByteSource> data_set = std::move(*part10).data_set();
  if (deflated) {
    auto inflated = InflatedBytes::of(std::move(data_set));
    if (!inflated) return std::move(inflated).error();
    data_set = *std::move(inflated);
  }
  DataSetWalk walk(*data_set, wanted, limits, deflated, scan);
  if (auto walked = walk.run(encoding); !walked) return std::move(walked).error();
  return scan;
}

}  // namespace

Result<DataSetScan> scan_data_set(const std::filesystem::path& file,
                                  std::span<const ElementTag> wanted, const ScanLimits& limits) {
  auto scan = scanned(file, wanted, limits);
  if (!scan) return std::move(scan).error().in("read " + file.filename().string());
  return scan;
}

}  // namespace hilum::dicomseg
