#include "scp/associate_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "scp/commitment_report.h"
#include "scp/pdu.h"

namespace hilum::scp {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kFixedBytes = 68;  // version, two titles, reserved (PS3.8 Table 9-11)
constexpr std::size_t kItemHeaderBytes = 4;
constexpr std::size_t kLongestUid = 64;
constexpr std::byte kBlank{' '};
constexpr std::uint8_t kApplicationContext = 0x10;
constexpr std::uint8_t kPresentationContext = 0x20;
constexpr std::uint8_t kAbstractSyntax = 0x30;
constexpr std::uint8_t kTransferSyntax = 0x40;
constexpr std::uint8_t kUserInformation = 0x50;
constexpr std::uint8_t kMaximumLength = 0x51;
constexpr std::uint8_t kImplementationClass = 0x52;
constexpr std::uint8_t kRoleSelection = 0x54;
constexpr std::uint8_t kImplementationVersion = 0x55;

Error invalid(std::string_view what) {
  return {ErrorCode::kInvalidInput, fmt::format("the association request {}", what)};
}

/// Calls `item(type, value)` for each item of `bytes`, until one of them fails.
template <class OnItem>
Status for_each_item(Bytes bytes, std::string_view where, const OnItem& item) {
  while (!bytes.empty()) {
    if (bytes.size() < kItemHeaderBytes) {
      return invalid(fmt::format("ends in the header of an item {}", where));
    }
    const auto type = std::to_integer<std::uint8_t>(bytes[0]);
    const std::size_t length = big_endian(bytes.subspan(2, 2));
    bytes = bytes.subspan(kItemHeaderBytes);
    if (length > bytes.size()) {
      return invalid(fmt::format("has an item {:02X} of {} bytes where {} are left {}", type,
                                 length, bytes.size(), where));
    }
    if (auto done = item(type, bytes.first(length)); !done) return done;
    bytes = bytes.subspan(length);
  }
  return ok();
}

class Body {
 public:
  void append(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void append_item(std::uint8_t type, Bytes value) {
    const std::array header{std::byte{type}, std::byte{0},
                            static_cast<std::byte>(value.size() >> 8U),
                            static_cast<std::byte>(value.size())};
    append(header);
    append(value);
  }
  [[nodiscard]] Bytes bytes() const { return bytes_; }
  std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// The fixed fields with AE titles that DCMTK can take: padded with blanks, where some callers pad
/// with NUL and leave behind it what their buffer held, and of at least one character that is
/// neither (PS3.5 6.2, AE).
Status reduce_fixed_fields(Bytes fixed, Body& out) {
  constexpr std::size_t kTitles = 4;
  constexpr std::size_t kTitleBytes = 16;
  std::vector<std::byte> fields(fixed.begin(), fixed.end());
  for (const std::size_t begin : {kTitles, kTitles + kTitleBytes}) {
    const auto title = std::span(fields).subspan(begin, kTitleBytes);
    std::fill(std::ranges::find(title, std::byte{0}), title.end(), kBlank);
    if (std::ranges::any_of(title, [](std::byte c) { return c < kBlank; })) {
      return invalid(
          fmt::format("has a {} AE title with control characters; correct it at the "
                      "caller",
                      begin == kTitles ? "called" : "calling"));
    }
    if (std::ranges::all_of(title, [](std::byte c) { return c == kBlank; })) {
      title.front() = std::byte{kNoTitle.front()};
    }
  }
  out.append(fields);
  return ok();
}

Status check_uid(Bytes uid, std::string_view what) {
  if (!uid.empty() && uid.size() <= kLongestUid) return ok();
  return invalid(fmt::format("has {} of {} bytes, a UID has 1 to 64", what, uid.size()));
}

Status reduce_presentation_context(Bytes value, Body& out) {
  constexpr std::size_t kIdBytes = 4;
  if (value.size() < kIdBytes) return invalid("has a presentation context without an ID");
  Body context;
  context.append(value.first(kIdBytes));
  int abstract_syntaxes = 0;
  int transfer_syntaxes = 0;
  auto items = for_each_item(value.subspan(kIdBytes), "of a presentation context",
                             [&](std::uint8_t type, Bytes name) -> Status {
                               if (type != kAbstractSyntax && type != kTransferSyntax) return ok();
                               ++(type == kAbstractSyntax ? abstract_syntaxes : transfer_syntaxes);
                               context.append_item(type, name);
                               return check_uid(name, "a syntax");
                             });
  if (!items) return items;
  if (abstract_syntaxes != 1 || transfer_syntaxes == 0) {
    return invalid(fmt::format("has a presentation context of {} abstract and {} transfer syntaxes",
                               abstract_syntaxes, transfer_syntaxes));
  }
  out.append_item(kPresentationContext, context.bytes());
  return ok();
}

/// A role selection (PS3.7 D.3.3.4) for Storage Commitment: the length of the UID, the UID, and for
/// either role whether the requestor proposes it. Only that class is used in another than the
/// default role here; others, and malformed ones, are passed over.
bool is_role_of_use(Bytes item) {
  constexpr std::size_t kLengthBytes = 2;
  constexpr std::size_t kRoleBytes = 2;
  constexpr std::size_t kUidBytes = kStorageCommitmentSopClass.size();
  if (item.size() != kLengthBytes + kUidBytes + kRoleBytes) return false;
  if (big_endian(item.first(kLengthBytes)) != kUidBytes) return false;
  const auto is_flag = [](std::byte role) { return role <= std::byte{1}; };
  const auto uid = item.subspan(kLengthBytes, kUidBytes);
  return std::ranges::all_of(item.last(kRoleBytes), is_flag) &&
         std::ranges::equal(uid, std::as_bytes(std::span(kStorageCommitmentSopClass)));
}

Status reduce_user_information(Bytes value, Body& out) {
  constexpr std::size_t kLongestVersion = 16;  // PS3.7 D.3.3.2.3
  Body information;
  bool has_role = false;
  auto items =
      for_each_item(value, "of the user information", [&](std::uint8_t type, Bytes item) -> Status {
        if (type == kMaximumLength) {
          if (item.size() != 4) return invalid("has no proper maximum length");
        } else if (type == kImplementationClass) {
          if (auto uid = check_uid(item, "an implementation"); !uid) return uid;
        } else if (type == kRoleSelection) {
          if (has_role || !is_role_of_use(item)) return ok();
          has_role = true;
        } else if (type == kImplementationVersion) {
          item = item.first(std::min(item.size(), kLongestVersion));
        } else {
          return ok();
        }
        information.append_item(type, item);
        return ok();
      });
  if (!items) return items;
  out.append_item(kUserInformation, information.bytes());
  return ok();
}

}  // namespace

Result<std::vector<std::byte>> reduced_associate_request(Bytes body) {
  if (body.size() < kFixedBytes) return invalid("is shorter than its fixed fields");
  Body reduced;
  if (auto fixed = reduce_fixed_fields(body.first(kFixedBytes), reduced); !fixed) {
    return std::move(fixed).error();
  }
  int application_contexts = 0;
  int presentation_contexts = 0;
  int user_information = 0;
  auto items = for_each_item(body.subspan(kFixedBytes), "at its top level",
                             [&](std::uint8_t type, Bytes value) -> Status {
                               switch (type) {
                                 case kApplicationContext:
                                   ++application_contexts;
                                   reduced.append_item(type, value);
                                   return check_uid(value, "an application context");
                                 case kPresentationContext:
                                   ++presentation_contexts;
                                   return reduce_presentation_context(value, reduced);
                                 case kUserInformation:
                                   ++user_information;
                                   return reduce_user_information(value, reduced);
                                 default:
                                   return ok();
                               }
                             });
  if (!items) return std::move(items).error();
  if (application_contexts != 1 || presentation_contexts == 0 || user_information > 1) {
    return invalid(
        fmt::format("has {} application contexts, {} presentation contexts and {} user "
                    "information items",
                    application_contexts, presentation_contexts, user_information));
  }
  return std::move(reduced).take();
}

}  // namespace hilum::scp
