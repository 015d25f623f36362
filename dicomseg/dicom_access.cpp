#include "dicomseg/dicom_access.h"

#include <fmt/format.h>

#include <charconv>

#include "dicomseg/data_set_scan.h"
#include "dicomseg/dcmtk_error.h"
#include "dicomseg/dcmtk_setup.h"

namespace hilum::dicomseg {
namespace {

Status loaded(const OFCondition& condition, const std::filesystem::path& file,
              DcmFileFormat& format) {
  std::error_code ignored;
  const std::string what = "read " + file.filename().string();
  if (condition.bad()) {
    const bool there = std::filesystem::exists(file, ignored);
    return to_error(condition, there ? ErrorCode::kInvalidInput : ErrorCode::kNotFound, what);
  }
  if (format.getDataset() == nullptr || format.getDataset()->isEmpty()) {
    return Error{ErrorCode::kInvalidInput, what + ": not a DICOM data set"};
  }
  return ok();
}

/// DCMTK gets nothing that could exhaust stack or memory.
Status check_structure(const std::filesystem::path& file) {
  const auto scan = scan_data_set(file, {});
  if (!scan) return scan.error();
  if (scan->trouble.empty()) return ok();
  return Error{ErrorCode::kInvalidInput, fmt::format("read {}: its data set is malformed {}",
                                                     file.filename().string(), scan->trouble)};
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kPadding(" \0", 2);
  const auto first = text.find_first_not_of(kPadding);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kPadding) - first + 1));
}

std::optional<double> parsed(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Status load_header(const std::filesystem::path& file, DcmFileFormat& into) {
  prepare_dcmtk();
  if (auto safe = check_structure(file); !safe) return safe;
  return loaded(into.loadFileUntilTag(file.c_str(), EXS_Unknown, EGL_noChange, DCM_MaxReadLength,
                                      ERM_autoDetect, DCM_PixelData),
                file, into);
}

Status load_lazily(const std::filesystem::path& file, DcmFileFormat& into) {
  prepare_dcmtk();
  if (auto safe = check_structure(file); !safe) return safe;
  return loaded(into.loadFile(file.c_str()), file, into);
}

std::string text_of(DcmItem& item, const DcmTagKey& tag) {
  OFString value;
  if (item.findAndGetOFStringArray(tag, value).bad()) return {};
  return trimmed({value.data(), value.size()});
}

std::vector<std::string> texts_of(DcmItem& item, const DcmTagKey& tag) {
  const std::string all = text_of(item, tag);
  std::vector<std::string> parts;
  if (all.empty()) return parts;
  for (std::size_t start = 0;;) {
    const std::size_t end = all.find('\\', start);
    parts.push_back(trimmed(std::string_view(all).substr(start, end - start)));
    if (end == std::string::npos) return parts;
    start = end + 1;
  }
}

std::optional<std::vector<double>> numbers_of(DcmItem& item, const DcmTagKey& tag,
                                              std::size_t count) {
  std::vector<double> numbers;
  for (const std::string& text : texts_of(item, tag)) {
    const auto number = parsed(text);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  if (numbers.size() != count) return std::nullopt;
  return numbers;
}

std::optional<double> number_of(DcmItem& item, const DcmTagKey& tag) {
  const auto one = numbers_of(item, tag, 1);
  return one ? std::optional(one->front()) : std::nullopt;
}

std::optional<std::uint16_t> uint16_of(DcmItem& item, const DcmTagKey& tag) {
  Uint16 value = 0;
  if (item.findAndGetUint16(tag, value).bad()) return std::nullopt;
  return value;
}

std::optional<std::uint16_t> pattern_of(DcmItem& item, const DcmTagKey& tag) {
  if (const auto value = uint16_of(item, tag)) return value;
  Sint16 value = 0;
  if (item.findAndGetSint16(tag, value).bad()) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

std::optional<long> integer_of(DcmItem& item, const DcmTagKey& tag) {
  Sint32 value = 0;
  if (item.findAndGetSint32(tag, value).bad()) return std::nullopt;
  return value;
}

DcmItem* item_of(DcmItem& item, const DcmTagKey& sequence, long index) {
  DcmItem* found = nullptr;
  return item.findAndGetSequenceItem(sequence, found, index).good() ? found : nullptr;
}

std::size_t item_count(DcmItem& item, const DcmTagKey& sequence) {
  DcmSequenceOfItems* items = nullptr;
  if (item.findAndGetSequence(sequence, items).bad() || items == nullptr) return 0;
  return static_cast<std::size_t>(items->card());
}

DcmItem* functional_group(DcmItem& dataset, const DcmTagKey& group, long frame) {
  DcmItem* own = item_of(dataset, DCM_PerFrameFunctionalGroupsSequence, frame);
  DcmItem* found = own == nullptr ? nullptr : item_of(*own, group);
  if (found != nullptr) return found;
  DcmItem* shared = item_of(dataset, DCM_SharedFunctionalGroupsSequence);
  return shared == nullptr ? nullptr : item_of(*shared, group);
}

}  // namespace hilum::dicomseg
