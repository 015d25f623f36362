#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace hilum::dicomseg {

/// Private to dicomseg/: writes attributes into a data set and remembers the first failure, so that
/// a module can be written line by line and checked once. Existing values are replaced.
class DatasetWriter {
 public:
  explicit DatasetWriter(DcmItem& item) : item_(&item) {}

  /// Any attribute whose values are text; several values separated by backslashes. Bytes are
  /// written as they are.
  void text(const DcmTagKey& tag, std::string_view value) {
    keep(item_->putAndInsertOFStringArray(tag, OFString(value.data(), value.size())));
  }
  /// A US attribute.
  void uint16(const DcmTagKey& tag, std::uint16_t value) {
    keep(item_->putAndInsertUint16(tag, value));
  }
  /// A US or SS attribute, whichever `signedness` asks for, from its bit pattern.
  void pattern(const DcmTagKey& tag, std::uint16_t bits, DcmEVR vr) {
    if (vr == EVR_SS) {
      keep(item_->putAndInsertSint16(DcmTag(tag, EVR_SS), static_cast<Sint16>(bits)));
    } else {
      keep(item_->putAndInsertUint16(DcmTag(tag, EVR_US), bits));
    }
  }
  /// A new item at the end of a sequence; owned by the data set.
  DcmItem* new_item(const DcmTagKey& sequence) {
    DcmItem* item = nullptr;
    keep(item_->findOrCreateSequenceItem(sequence, item, -2));
    return item;
  }
  void keep(const OFCondition& condition) {
    if (condition_.good()) condition_ = condition;
  }
  [[nodiscard]] const OFCondition& condition() const { return condition_; }

 private:
  DcmItem* item_;
  OFCondition condition_ = EC_Normal;
};

/// A number as a DS value: as many digits as 16 characters hold (PS3.5 6.2).
std::string decimal_string(double value);

}  // namespace hilum::dicomseg
