#include "scp/associate_request.h"

#include <fmt/format.h>

#include <string_view>

namespace hilum::scp {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kFixedBytes = 68;  // version, two titles, reserved (PS3.8 Table 9-11)
constexpr std::size_t kItemHeaderBytes = 4;
constexpr std::uint8_t kApplicationContext = 0x10;
constexpr std::uint8_t kPresentationContext = 0x20;
constexpr std::uint8_t kAbstractSyntax = 0x30;
constexpr std::uint8_t kTransferSyntax = 0x40;
constexpr std::uint8_t kUserInformation = 0x50;

std::uint32_t big_endian(Bytes bytes) {
  std::uint32_t value = 0;
  for (const std::byte b : bytes) value = value << 8U | std::to_integer<std::uint32_t>(b);
  return value;
}

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

Status check_presentation_context(Bytes value) {
  constexpr std::size_t kIdBytes = 4;
  if (value.size() < kIdBytes) return invalid("has a presentation context without an ID");
  int abstract_syntaxes = 0;
  int transfer_syntaxes = 0;
  auto items = for_each_item(value.subspan(kIdBytes), "of a presentation context",
                             [&](std::uint8_t type, Bytes name) -> Status {
                               if (type == kAbstractSyntax) ++abstract_syntaxes;
                               if (type == kTransferSyntax) ++transfer_syntaxes;
                               if (name.empty()) return invalid("has a syntax without a name");
                               return ok();
                             });
  if (!items) return items;
  if (abstract_syntaxes != 1 || transfer_syntaxes == 0) {
    return invalid(fmt::format("has a presentation context of {} abstract and {} transfer syntaxes",
                               abstract_syntaxes, transfer_syntaxes));
  }
  return ok();
}

}  // namespace

PduHeader parse_pdu_header(std::span<const std::byte, kPduHeaderBytes> bytes) {
  return {.type = std::to_integer<std::uint8_t>(bytes[0]), .length = big_endian(bytes.subspan(2))};
}

Status check_associate_request(Bytes body) {
  if (body.size() < kFixedBytes) return invalid("is shorter than its fixed fields");
  int application_contexts = 0;
  int presentation_contexts = 0;
  int user_information = 0;
  auto items = for_each_item(body.subspan(kFixedBytes), "at its top level",
                             [&](std::uint8_t type, Bytes value) -> Status {
                               switch (type) {
                                 case kApplicationContext:
                                   ++application_contexts;
                                   return ok();
                                 case kPresentationContext:
                                   ++presentation_contexts;
                                   return check_presentation_context(value);
                                 case kUserInformation:
                                   ++user_information;
                                   return for_each_item(value, "of the user information",
                                                        [](std::uint8_t, Bytes) { return ok(); });
                                 default:  // to be skipped
                                   return ok();
                               }
                             });
  if (!items) return items;
  if (application_contexts != 1 || presentation_contexts == 0 || user_information > 1) {
    return invalid(
        fmt::format("has {} application contexts, {} presentation contexts and {} user "
                    "information items",
                    application_contexts, presentation_contexts, user_information));
  }
  return ok();
}

}  // namespace hilum::scp
