#include "dicomseg/data_set_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "dicomseg/byte_source.h"

namespace hilum::dicomseg {
namespace {

constexpr ElementTag kTransferSyntax{0x0002, 0x0010};
constexpr ElementTag kPixelData{0x7FE0, 0x0010};
constexpr ElementTag kItem{0xFFFE, 0xE000};
constexpr ElementTag kItemEnd{0xFFFE, 0xE00D};
constexpr ElementTag kSequenceEnd{0xFFFE, 0xE0DD};
constexpr ElementTag kNothing{0xFFFE, 0xFFFF};  ///< stands for too few bytes for an element
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint64_t kUnknownEnd = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint64_t kObjectBytes = 200;       ///< of DCMTK for an element, roughly
constexpr std::uint64_t kLongestInMemory = 4096;  ///< DCM_MaxReadLength
constexpr std::size_t kLongestWanted = 1024;

enum class Vr { kExplicit, kImplicit };
enum class Order { kLittle, kBig };
struct Encoding {
  Vr vr = Vr::kExplicit;
  Order order = Order::kLittle;
};
constexpr Encoding kImplicitLittle{Vr::kImplicit, Order::kLittle};

/// PS3.5 A; what is encapsulated is Explicit VR Little Endian.
Encoding encoding_of(std::string_view transfer_syntax) {
  if (transfer_syntax == "1.2.840.10008.1.2") return kImplicitLittle;
  if (transfer_syntax == "1.2.840.113619.5.2") return kImplicitLittle;  // private, of GE
  if (transfer_syntax == "1.2.840.10008.1.2.2") return {Vr::kExplicit, Order::kBig};
  return {};
}

bool is_deflated(std::string_view transfer_syntax) {
  return transfer_syntax == "1.2.840.10008.1.2.1.99" ||  // Explicit VR Little Endian
         transfer_syntax == "1.2.840.10008.1.2.4.95" ||  // JPIP Referenced
         transfer_syntax == "1.2.840.10008.1.2.4.205";   // JPIP HTJ2K Referenced
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

/// Whether an explicit VR has a length of 32 bits after two reserved bytes (PS3.5 7.1.2). Of VRs
/// that nobody knows, DCMTK takes those of capital letters so, and all others as 16 bits.
bool has_long_length(std::string_view vr) {
  constexpr std::array<std::string_view, 21> kShort{"AE", "AS", "AT", "CS", "DA", "DS", "DT",
                                                    "FD", "FL", "IS", "LO", "LT", "PN", "SH",
                                                    "SL", "SS", "ST", "TM", "UI", "UL", "US"};
  return is_capital(vr[0]) && is_capital(vr[1]) && std::ranges::find(kShort, vr) == kShort.end();
}

class Walk {
 public:
  Walk(ByteSource& source, std::span<const ElementTag> wanted, const ScanLimits& limits,
       bool deflated, DataSetScan& into)
      : source_(source), wanted_(wanted), limits_(limits), deflated_(deflated), into_(into) {}

  Status data_set(Encoding encoding) {
    auto walked = elements({.encoding = encoding, .end = kUnknownEnd, .depth = 0});
    if (!walked) return std::move(walked).error();
    if (*walked == Ended::kMalformed) into_.stopped = true;
    return ok();
  }

 private:
  /// kMalformed: what follows cannot be told apart any more, up to the end of what contains it.
  enum class Ended { kWell, kMalformed };
  enum class Delimited { kNo, kYes };
  /// What contains elements or items. Nothing in it goes beyond `end`.
  struct Container {
    Encoding encoding;
    std::uint64_t end = kUnknownEnd;
    Delimited delimited = Delimited::kNo;
    int depth = 0;  ///< of sequences around it

    [[nodiscard]] bool has_room(std::uint64_t position, std::uint64_t bytes) const {
      return end == kUnknownEnd || (position <= end && bytes <= end - position);
    }
  };
  struct Header {
    ElementTag tag;
    std::string vr;  ///< empty: implicit
    std::uint32_t length = 0;
  };

  Result<Ended> elements(const Container& in);
  Result<Ended> element(const Container& in, const Header& header);
  Result<Ended> value(const Container& in, const Header& header);
  Result<Ended> nested(const Container& in, const Header& header, Encoding encoding);
  Result<Ended> sequence(const Container& in, const Header& header, Encoding encoding,
                         std::optional<std::uint32_t> first_item);
  Result<Ended> items(const Container& in, std::optional<std::uint32_t> first_item);
  Result<Ended> item(const Container& in, std::uint32_t length);
  Result<Ended> fragments(const Container& in);
  /// No header: the container ends here.
  Result<std::optional<Header>> next(const Container& in);

  Ended malformed(std::string_view what);
  /// After trouble in something whose end is known.
  Result<Ended> go_on_at(std::uint64_t end, ElementTag tag);
  void keep(ElementTag tag, std::span<const std::byte> bytes);
  Status need(std::span<std::byte> bytes, ElementTag tag);
  Status pass(std::uint64_t count, ElementTag tag);
  Status account(std::uint64_t bytes);

  ByteSource& source_;
  std::span<const ElementTag> wanted_;
  const ScanLimits& limits_;
  const bool deflated_;
  DataSetScan& into_;
  std::uint64_t position_ = 0;
  std::uint64_t memory_ = 0;
};

std::uint32_t number(std::span<const std::byte> bytes, Order order) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t at = order == Order::kBig ? i : bytes.size() - 1 - i;
    value = (value << 8U) | std::to_integer<std::uint32_t>(bytes[at]);
  }
  return value;
}

ElementTag tag_in(std::span<const std::byte, 4> bytes, Order order) {
  return {static_cast<std::uint16_t>(number(bytes.first<2>(), order)),
          static_cast<std::uint16_t>(number(bytes.last<2>(), order))};
}

std::string unpadded(std::span<const std::byte> bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
  return text;
}

Walk::Ended Walk::malformed(std::string_view what) {
  if (into_.trouble.empty()) {
    into_.trouble = fmt::format("at byte {} of the data set: {}", position_, what);
  }
  return Ended::kMalformed;
}

Result<Walk::Ended> Walk::go_on_at(std::uint64_t end, ElementTag tag) {
  if (auto passed = pass(end - position_, tag); !passed) return std::move(passed).error();
  return Ended::kWell;
}

Status Walk::need(std::span<std::byte> bytes, ElementTag tag) {
  auto got = source_.read(bytes);
  if (!got) return std::move(got).error();
  position_ += *got;
  if (*got == bytes.size()) return ok();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("the data set ends inside element {}", to_string(tag))};
}

Status Walk::pass(std::uint64_t count, ElementTag tag) {
  if (deflated_ && count > limits_.inflated_bytes - std::min(position_, limits_.inflated_bytes)) {
    return Error{
        ErrorCode::kInvalidInput,
        fmt::format("the deflated data set holds more than {} bytes at element {}; is it a "
                    "decompression bomb?",
                    limits_.inflated_bytes, to_string(tag))};
  }
  auto passed = source_.skip(count);
  if (!passed) return std::move(passed).error();
  position_ += *passed;
  if (*passed == count) return ok();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("the data set ends inside element {}: {} bytes of {} are missing",
                           to_string(tag), count - *passed, count)};
}

Status Walk::account(std::uint64_t bytes) {
  memory_ += kObjectBytes + bytes;
  if (memory_ <= limits_.memory_bytes) return ok();
  return Error{
      ErrorCode::kInvalidInput,
      fmt::format("its elements would take more than {} bytes of memory", limits_.memory_bytes)};
}

Result<std::optional<Walk::Header>> Walk::next(const Container& in) {
  if (position_ == in.end) return std::optional<Header>();
  std::array<std::byte, 8> bytes{};
  if (!in.has_room(position_, bytes.size()))
    return std::optional(Header{.tag = kNothing, .vr = {}});
  auto got = source_.read(bytes);
  if (!got) return std::move(got).error();
  position_ += *got;
  if (*got < bytes.size()) {
    // At the end of everything, less than an element is padding.
    if (in.depth == 0) return std::optional<Header>();
    return Error{ErrorCode::kInvalidInput, "the data set ends inside a sequence"};
  }
  if (auto counted = account(0); !counted) return std::move(counted).error();
  Header header{.tag = tag_in(std::span(bytes).first<4>(), in.encoding.order), .vr = {}};
  const auto rest = std::span(bytes).last<4>();
  if (in.encoding.vr == Vr::kImplicit || header.tag.group == kItem.group) {
    header.length = number(rest, in.encoding.order);
    return std::optional(std::move(header));
  }
  header.vr = {static_cast<char>(rest[0]), static_cast<char>(rest[1])};
  if (!has_long_length(header.vr)) {
    header.length = number(rest.last<2>(), in.encoding.order);
    return std::optional(std::move(header));
  }
  std::array<std::byte, 4> length{};
  if (!in.has_room(position_, length.size())) {
    return std::optional(Header{.tag = kNothing, .vr = {}});
  }
  if (auto read = need(length, header.tag); !read) return std::move(read).error();
  header.length = number(length, in.encoding.order);
  return std::optional(std::move(header));
}

Result<Walk::Ended> Walk::elements(const Container& in) {
  for (;;) {
    auto header = next(in);
    if (!header) return std::move(header).error();
    if (!*header) {
      return in.delimited == Delimited::kNo ? Ended::kWell : malformed("an item has no end");
    }
    if ((*header)->tag == kItemEnd && in.delimited == Delimited::kYes) return Ended::kWell;
    auto walked = element(in, **header);
    if (!walked || *walked == Ended::kMalformed) return walked;
  }
}

Result<Walk::Ended> Walk::element(const Container& in, const Header& header) {
  const auto& [tag, vr, length] = header;
  if (tag == kNothing) return malformed("fewer bytes than an element has");
  if (tag.group == kItem.group) return malformed("a delimiter without what it delimits");
  // DCMTK has names in small letters for VRs of its own.
  if (std::ranges::any_of(vr, [](char c) { return c >= 'a' && c <= 'z'; })) {
    return malformed(fmt::format("element {} has no value representation", to_string(tag)));
  }
  if (!in.has_room(position_, length == kUndefined ? 0 : length)) {
    return malformed(fmt::format("element {} is longer than what contains it", to_string(tag)));
  }
  if (vr == "SQ") return nested(in, header, in.encoding);
  if (length != kUndefined) return value(in, header);
  if (tag == kPixelData && (vr.empty() || vr == "OB" || vr == "OW")) return fragments(in);
  if (vr == "UN") return nested(in, header, kImplicitLittle);  // PS3.5 6.2.2
  if (vr.empty()) return nested(in, header, in.encoding);
  return malformed(fmt::format("element {} has no length", to_string(tag)));
}

void Walk::keep(ElementTag tag, std::span<const std::byte> bytes) {
  into_.values.emplace(tag, unpadded(bytes));
}

/// A value whose length is said.
Result<Walk::Ended> Walk::value(const Container& in, const Header& header) {
  const auto& [tag, vr, length] = header;
  const bool pixels = in.depth == 0 && tag == kPixelData;
  const bool in_memory = deflated_ ? !pixels : length <= kLongestInMemory;
  if (auto counted = account(in_memory ? length : 0); !counted) return std::move(counted).error();

  std::array<std::byte, kLongestWanted> bytes{};
  std::size_t begun = 0;
  const bool wanted = in.depth == 0 && std::ranges::find(wanted_, tag) != wanted_.end();
  if (wanted) {
    begun = std::min<std::size_t>(length, bytes.size());
    const auto begin = std::span(bytes).first(begun);
    if (auto read = need(begin, tag); !read) return std::move(read).error();
    keep(tag, begin);
  } else if (vr.empty() && length >= 8 && tag != kPixelData) {
    // In Implicit VR only a dictionary knows what is a sequence: what begins as one.
    begun = 8;
    const auto begin = std::span(bytes).first<8>();
    if (auto read = need(begin, tag); !read) return std::move(read).error();
    if (tag_in(begin.first<4>(), in.encoding.order) == kItem) {
      return sequence(in, {.tag = tag, .vr = {}, .length = length - 8}, in.encoding,
                      number(begin.last<4>(), in.encoding.order));
    }
  }
  if (auto passed = pass(length - begun, tag); !passed) return std::move(passed).error();
  return Ended::kWell;
}

Result<Walk::Ended> Walk::nested(const Container& in, const Header& header, Encoding encoding) {
  return sequence(in, header, encoding, {});
}

Result<Walk::Ended> Walk::sequence(const Container& in, const Header& header, Encoding encoding,
                                   std::optional<std::uint32_t> first_item) {
  if (in.depth >= limits_.depth) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("more than {} sequences inside each other at element {}",
                             limits_.depth, to_string(header.tag))};
  }
  const bool defined = header.length != kUndefined;
  const Container contents{.encoding = encoding,
                           .end = defined ? position_ + header.length : in.end,
                           .delimited = defined ? Delimited::kNo : Delimited::kYes,
                           .depth = in.depth + 1};
  auto walked = items(contents, first_item);
  if (walked && *walked == Ended::kMalformed && defined) {
    return go_on_at(contents.end, header.tag);
  }
  return walked;
}

Result<Walk::Ended> Walk::items(const Container& in, std::optional<std::uint32_t> first_item) {
  if (first_item) {
    auto walked = item(in, *first_item);
    if (!walked || *walked == Ended::kMalformed) return walked;
  }
  for (;;) {
    auto header = next(in);
    if (!header) return std::move(header).error();
    if (!*header) {
      return in.delimited == Delimited::kNo ? Ended::kWell : malformed("a sequence has no end");
    }
    if ((*header)->tag == kSequenceEnd && in.delimited == Delimited::kYes) return Ended::kWell;
    if ((*header)->tag != kItem) return malformed("a sequence holds something that is no item");
    auto walked = item(in, (*header)->length);
    if (!walked || *walked == Ended::kMalformed) return walked;
  }
}

Result<Walk::Ended> Walk::item(const Container& in, std::uint32_t length) {
  const bool defined = length != kUndefined;
  if (!in.has_room(position_, defined ? length : 0)) {
    return malformed("an item is longer than its sequence");
  }
  const Container contents{.encoding = in.encoding,
                           .end = defined ? position_ + length : in.end,
                           .delimited = defined ? Delimited::kNo : Delimited::kYes,
                           .depth = in.depth};
  auto walked = elements(contents);
  if (walked && *walked == Ended::kMalformed && defined) return go_on_at(contents.end, kItem);
  return walked;
}

/// Encapsulated pixels (PS3.5 A.4). Files that end without the delimiter are usual enough.
Result<Walk::Ended> Walk::fragments(const Container& in) {
  for (;;) {
    auto header = next(in);
    if (!header) return std::move(header).error();
    if (!*header || (*header)->tag == kSequenceEnd) return Ended::kWell;
    if ((*header)->tag != kItem || (*header)->length == kUndefined ||
        !in.has_room(position_, (*header)->length)) {
      return malformed("encapsulated pixels hold something that is no fragment");
    }
    if (auto passed = pass((*header)->length, kPixelData); !passed) {
      return std::move(passed).error();
    }
  }
}

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
      if (*got < header.size() || tag.group != 0x0002) {
        bytes_->go_back(*got);
        return ok();
      }
      auto text = value_behind(header, tag);
      if (!text) return std::move(text).error();
      if (std::ranges::find(wanted, tag) != wanted.end()) into.values.emplace(tag, *text);
      if (tag == kTransferSyntax) into.transfer_syntax = *std::move(text);
    }
    return Error{ErrorCode::kInvalidInput, "more than 1000 elements of File Meta Information"};
  }

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
    }
    std::array<std::byte, kLongestWanted> bytes{};
    const auto begin = std::span(bytes).first(std::min<std::size_t>(length, bytes.size()));
    auto got = bytes_->read(begin);
    if (!got) return std::move(got).error();
    auto passed = bytes_->skip(length - begin.size());
    if (!passed) return std::move(passed).error();
    if (*got + *passed < length) return missing();
    return unpadded(begin);
  }

  std::unique_ptr<FileBytes> bytes_;
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
  Walk walk(*data_set, wanted, limits, deflated, scan);
  if (auto walked = walk.data_set(encoding); !walked) return std::move(walked).error();
  return scan;
}

}  // namespace

std::string to_string(ElementTag tag) {
  return fmt::format("({:04X},{:04X})", tag.group, tag.element);
}

Result<DataSetScan> scan_data_set(const std::filesystem::path& file,
                                  std::span<const ElementTag> wanted, const ScanLimits& limits) {
  auto scan = scanned(file, wanted, limits);
  if (!scan) return std::move(scan).error().in("read " + file.filename().string());
  return scan;
}

}  // namespace hilum::dicomseg
