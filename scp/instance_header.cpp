#include "scp/instance_header.h"

#include <array>
#include <charconv>
#include <utility>

namespace hilum::scp {
namespace {

using dicomseg::DataSetScan;
using dicomseg::ElementTag;

constexpr ElementTag kSourceAeTitle{0x0002, 0x0016};
constexpr ElementTag kSopClass{0x0008, 0x0016};
constexpr ElementTag kSopInstance{0x0008, 0x0018};
constexpr ElementTag kStudy{0x0020, 0x000D};
constexpr ElementTag kSeries{0x0020, 0x000E};
constexpr ElementTag kInstancesOfSeries{0x0020, 0x1209};
constexpr std::array kWanted{kSourceAeTitle, kSopClass, kSopInstance,
                             kStudy,         kSeries,   kInstancesOfSeries};

std::string text_of(const DataSetScan& scan, ElementTag tag) {
  const auto found = scan.values.find(tag);
  return found == scan.values.end() ? std::string() : found->second;
}

std::optional<int> positive_int_of(const DataSetScan& scan, ElementTag tag) {
  std::string text = text_of(scan, tag);
  text.erase(0, text.find_first_not_of(' '));
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value <= 0) return {};
  return value;
}

Result<InstanceHeader> header_of(const DataSetScan& scan) {
  auto sop_class = SopClassUid::parse(text_of(scan, kSopClass));
  if (!sop_class) return std::move(sop_class).error();
  auto sop = SopInstanceUid::parse(text_of(scan, kSopInstance));
  if (!sop) return std::move(sop).error();
  auto transfer_syntax = TransferSyntaxUid::parse(scan.transfer_syntax);
  if (!transfer_syntax) return std::move(transfer_syntax).error();
  auto study = StudyUid::parse(text_of(scan, kStudy));
  if (!study) return std::move(study).error();
  auto series = SeriesUid::parse(text_of(scan, kSeries));
  if (!series) return std::move(series).error();
  return InstanceHeader{.sop_class = std::move(*sop_class),
                        .sop = std::move(*sop),
                        .transfer_syntax = std::move(*transfer_syntax),
                        .series = {std::move(*study), std::move(*series)},
                        .calling_ae = text_of(scan, kSourceAeTitle),
                        .expected_in_series = positive_int_of(scan, kInstancesOfSeries)};
}

}  // namespace

Result<InstanceHeader> read_instance_header(const std::filesystem::path& file,
                                            std::uint64_t most_inflated) {
  auto scan = dicomseg::scan_data_set(file, kWanted, {.inflated_bytes = most_inflated});
  if (!scan) return std::move(scan).error();
  auto header = header_of(*scan);
  if (!header) {
    Error error = std::move(header).error();
    if (!scan->trouble.empty()) error.message += "; its data set is malformed " + scan->trouble;
    return std::move(error).in("header of " + file.string());
  }
  return header;
}

}  // namespace hilum::scp
