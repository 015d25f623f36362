#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum::scp {

/// The elements of a command set (PS3.7 6.3.1): group 0000 in Implicit VR Little Endian, without
/// sequences. Read by us, because DCMTK allocates what an element's length says before it looks
/// whether that much has come: four gigabytes for any peer that asks.
class CommandSet {
 public:
  /// kInvalidInput when the lengths of the elements do not add up. Of elements that are there twice
  /// the first counts; those of other groups are passed over.
  static Result<CommandSet> parse(std::string_view bytes);

  /// A US element (PS3.7 E.1): nothing when absent or not of two bytes.
  [[nodiscard]] std::optional<std::uint16_t> number(std::uint16_t element) const;
  /// A UI or AE element as it came, padding included; empty when absent.
  [[nodiscard]] std::string_view text(std::uint16_t element) const;

 private:
  std::map<std::uint16_t, std::string> elements_;
};

/// At most four bytes as a number.
std::uint32_t little_endian(std::string_view bytes);
/// `text` without trailing blanks and NULs.
std::string_view without_padding(std::string_view text);

// Elements of group 0000 (PS3.7 E.1).
inline constexpr std::uint16_t kAffectedSopClass = 0x0002;
inline constexpr std::uint16_t kRequestedSopClass = 0x0003;
inline constexpr std::uint16_t kCommandField = 0x0100;
inline constexpr std::uint16_t kMessageId = 0x0110;
inline constexpr std::uint16_t kMessageIdRespondedTo = 0x0120;
inline constexpr std::uint16_t kPriority = 0x0700;
inline constexpr std::uint16_t kDataSetType = 0x0800;
inline constexpr std::uint16_t kStatus = 0x0900;
inline constexpr std::uint16_t kErrorComment = 0x0902;
inline constexpr std::uint16_t kAffectedSopInstance = 0x1000;
inline constexpr std::uint16_t kEventType = 0x1002;
inline constexpr std::uint16_t kFailedSubOperations = 0x1022;

}  // namespace hilum::scp
