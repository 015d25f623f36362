#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "pipeline/domain/result.h"
#include "scp/socket.h"

namespace hilum::scp {

/// A presentation data value (PS3.8 9.3.5.1): a piece of a command set or of a data set.
struct DataFragment {
  std::uint8_t context = 0;
  enum class Of { kCommand, kDataSet };
  Of of = Of::kDataSet;
  bool last = false;
  std::span<const std::byte> bytes{};  ///< valid until the next call
};

/// A PDU that is not P-DATA-TF comes next; it is still in the socket.
struct OtherPdu {};
using FragmentOrPdu = std::variant<DataFragment, OtherPdu>;

/// Takes the P-DATA-TF PDUs (PS3.8 9.3.5) of an association apart. Read by us, because DCMTK's
/// walk over the values of a PDU can be sent round in circles by their lengths. One thread.
class DataFragments {
 public:
  /// PDUs may have `max_pdu` bytes behind their header. `socket` must outlive it.
  DataFragments(Socket& socket, std::uint32_t max_pdu) : socket_(socket), max_pdu_(max_pdu) {}

  /// Whether `next` would give a fragment of the last PDU without reading.
  [[nodiscard]] bool has_next() const { return position_ < pdu_.size(); }
  /// The next fragment, when it has come as a whole. kUnavailable when the connection ends within
  /// it; kInvalidInput, with what is wrong, for a PDU larger than agreed, without values, or whose
  /// values' lengths do not add up.
  Result<FragmentOrPdu> next();

 private:
  /// Reads a PDU of data; false when another one comes.
  Result<bool> read_pdu();

  Socket& socket_;
  std::uint32_t max_pdu_;
  std::vector<std::byte> pdu_;
  std::size_t position_ = 0;
};

}  // namespace hilum::scp
