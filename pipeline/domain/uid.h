#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum {

/// Checks a raw UID value as it came from a peer or a file: trailing NUL and space padding is
/// stripped, then 1..64 characters of [0-9.] without an empty component are required
/// (PS3.5 9.1). Leading zeros in a component are let through although the standard forbids them:
/// see adr/0002-uids-with-leading-zeros.md. A checked UID is always safe as a file name.
Result<std::string> checked_uid(std::string_view raw);

/// A validated DICOM unique identifier. UIDs of different meaning are different types, so a study
/// cannot be passed where a series is expected; the only way from bytes to a Uid is `parse`.
template <class Tag>
class Uid {
 public:
  static Result<Uid> parse(std::string_view raw) {
    auto text = checked_uid(raw);
    if (!text) return std::move(text).error().in(Tag::kName);
    return Uid(std::move(*text));
  }

  [[nodiscard]] const std::string& str() const { return text_; }
  auto operator<=>(const Uid&) const = default;

 private:
  explicit Uid(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

struct StudyUidTag {
  static constexpr std::string_view kName = "Study Instance UID";
};
struct SeriesUidTag {
  static constexpr std::string_view kName = "Series Instance UID";
};
struct SopInstanceUidTag {
  static constexpr std::string_view kName = "SOP Instance UID";
};
struct SopClassUidTag {
  static constexpr std::string_view kName = "SOP Class UID";
};
struct TransferSyntaxUidTag {
  static constexpr std::string_view kName = "Transfer Syntax UID";
};
struct TransactionUidTag {
  static constexpr std::string_view kName = "Transaction UID";
};
struct FrameUidTag {
  static constexpr std::string_view kName = "Frame of Reference UID";
};

using StudyUid = Uid<StudyUidTag>;
using SeriesUid = Uid<SeriesUidTag>;
using SopInstanceUid = Uid<SopInstanceUidTag>;
using SopClassUid = Uid<SopClassUidTag>;
using TransferSyntaxUid = Uid<TransferSyntaxUidTag>;
using TransactionUid = Uid<TransactionUidTag>;
using FrameUid = Uid<FrameUidTag>;

/// A UID under the "2.25." root (PS3.5 B.2) made from the SHA-256 of `seed`: the same seed always
/// gives the same UID, different seeds never collide in practice (122 bits).
std::string derived_uid(std::string_view seed);
/// A UID under the same root that nobody can guess and nothing has had before.
std::string random_uid();

}  // namespace hilum

template <class Tag>
struct std::hash<hilum::Uid<Tag>> {
  std::size_t operator()(const hilum::Uid<Tag>& uid) const {
    return std::hash<std::string>{}(uid.str());
  }
};
