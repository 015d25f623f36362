#include "dicomseg/data_set_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hilum::dicomseg {
namespace {

constexpr ElementTag kPixelData{0x7FE0, 0x0010};
constexpr ElementTag kItem{0xFFFE, 0xE000};
constexpr ElementTag kItemEnd{0xFFFE, 0xE00D};
constexpr ElementTag kSequenceEnd{0xFFFE, 0xE0DD};
constexpr ElementTag kNothing{0xFFFE, 0xFFFF};  ///< stands for too few bytes for an element
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

constexpr std::uint64_t kObjectBytes = 200;       ///< of DCMTK for an element, roughly
constexpr std::uint64_t kLongestInMemory = 4096;  ///< DCM_MaxReadLength

}  // namespace

Status DataSetWalk::run(Encoding encoding) {
  auto walked = elements({.encoding = encoding, .end = kUnknownEnd, .depth = 0});
  if (!walked) return std::move(walked).error();
  if (*walked == Ended::kMalformed) into_.stopped = true;
  return ok();
}

DataSetWalk::Ended DataSetWalk::malformed(std::string_view what) {
  if (into_.trouble.empty()) {
    into_.trouble = fmt::format("at byte {} of the data set: {}", position_, what);
  }
  return Ended::kMalformed;
}

Result<DataSetWalk::Ended> DataSetWalk::go_on_at(std::uint64_t end, ElementTag tag) {
  if (auto passed = pass(end - position_, tag); !passed) return std::move(passed).error();
  return Ended::kWell;
}

Status DataSetWalk::need(std::span<std::byte> bytes, ElementTag tag) {
  auto got = source_.read(bytes);
  if (!got) return std::move(got).error();
  position_ += *got;
  if (*got == bytes.size()) return ok();
  return Error{ErrorCode::kInvalidInput,
               fmt::format("the data set ends inside element {}", to_string(tag))};
}

Status DataSetWalk::pass(std::uint64_t count, ElementTag tag) {
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

Status DataSetWalk::account(std::uint64_t bytes) {
  memory_ += kObjectBytes + bytes;
  if (memory_ <= limits_.memory_bytes) return ok();
  return Error{
      ErrorCode::kInvalidInput,
      fmt::format("its elements would take more than {} bytes of memory", limits_.memory_bytes)};
}

Result<std::optional<DataSetWalk::Header>> DataSetWalk::next(const Container& in) {
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

Result<DataSetWalk::Ended> DataSetWalk::elements(const Container& in) {
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

Result<DataSetWalk::Ended> DataSetWalk::element(const Container& in, const Header& header) {
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
  if (vr == "SQ") return sequence(in, header, in.encoding);
  if (length != kUndefined) return value(in, header);
  if (tag == kPixelData && (vr.empty() || vr == "OB" || vr == "OW")) return fragments(in);
  if (vr == "UN") return sequence(in, header, kImplicitLittle);  // PS3.5 6.2.2
  if (vr.empty()) return sequence(in, header, in.encoding);
  return malformed(fmt::format("element {} has no length", to_string(tag)));
}

void DataSetWalk::keep(ElementTag tag, std::span<const std::byte> bytes) {
  into_.values.emplace(tag, unpadded(bytes));
}

/// A value whose length is said.
Result<DataSetWalk::Ended> DataSetWalk::value(const Container& in, const Header& header) {
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

Result<DataSetWalk::Ended> DataSetWalk::sequence(const Container& in, const Header& header,
                                                 Encoding encoding,
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

Result<DataSetWalk::Ended> DataSetWalk::items(const Container& in,
                                              std::optional<std::uint32_t> first_item) {
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

Result<DataSetWalk::Ended> DataSetWalk::item(const Container& in, std::uint32_t length) {
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
Result<DataSetWalk::Ended> DataSetWalk::fragments(const Container& in) {
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

}  // namespace hilum::dicomseg
