#include "scp/data_fragments.h"

#include <fmt/format.h>

#include <array>

#include "scp/pdu.h"

namespace hilum::scp {
namespace {

Error cut(const Socket& socket) {
  return {ErrorCode::kUnavailable,
          fmt::format("the connection ended within a message ({})", to_string(socket.ending()))};
}

}  // namespace

Result<bool> DataFragments::read_pdu() {
  std::array<std::byte, kPduHeaderBytes> bytes{};
  if (!read_all(socket_, bytes)) return cut(socket_);
  const PduHeader header = parse_pdu_header(bytes);
  if (header.type != kDataPduType) {
    socket_.unread(bytes);
    return false;
  }
  // Some peers count headers differently.
  constexpr std::uint32_t kTolerance = 100;
  if (header.length > max_pdu_ + kTolerance) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("a PDU of {} bytes came, {} were agreed", header.length, max_pdu_)};
  }
  pdu_.resize(header.length);
  position_ = 0;
  if (!read_all(socket_, pdu_)) return cut(socket_);
  if (pdu_.empty()) return Error{ErrorCode::kInvalidInput, "a PDU without data came"};
  return true;
}

Result<FragmentOrPdu> DataFragments::next() {
  constexpr std::size_t kLengthBytes = 4;
  constexpr std::size_t kHeadBytes = 2;  // context and control header, counted by the length
  if (!has_next()) {
    auto is_data = read_pdu();
    if (!is_data) return std::move(is_data).error();
    if (!*is_data) return FragmentOrPdu(OtherPdu{});
  }
  const auto rest = std::span<const std::byte>(pdu_).subspan(position_);
  if (rest.size() < kLengthBytes + kHeadBytes) {
    return Error{ErrorCode::kInvalidInput, "a PDU ends within the head of a data value"};
  }
  const std::size_t length = big_endian(rest.first(kLengthBytes));
  if (length < kHeadBytes || length > rest.size() - kLengthBytes) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("a data value says {} bytes where {} are left", length,
                             rest.size() - kLengthBytes)};
  }
  position_ += kLengthBytes + length;
  // PS3.8 E.2: the message control header.
  const auto control = std::to_integer<unsigned>(rest[kLengthBytes + 1]);
  return FragmentOrPdu(DataFragment{
      .context = std::to_integer<std::uint8_t>(rest[kLengthBytes]),
      .of = (control & 1U) != 0 ? DataFragment::Of::kCommand : DataFragment::Of::kDataSet,
      .last = (control & 2U) != 0,
      .bytes = rest.subspan(kLengthBytes + kHeadBytes, length - kHeadBytes)});
}

}  // namespace hilum::scp
