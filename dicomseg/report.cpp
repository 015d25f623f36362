#include "dicomseg/report.h"

#include <fmt/format.h>

#include <new>

#include "dicomseg/dcmtk_error.h"
#include "dicomseg/part10_file.h"
#include "dicomseg/report_iod.h"
#include "pipeline/domain/durable_file.h"

namespace hilum::dicomseg {
namespace {

/// Increased whenever the bytes of a report change for the same request and options.
constexpr int kLayoutRevision = 1;

/// Writes and makes sure that every byte arrived: DCMTK does not look at what fclose() says.
Status write_file(DcmFileFormat& format, const std::filesystem::path& file) {
  const OFCondition saved = save_part10(format, file, EXS_LittleEndianExplicit, EET_ExplicitLength);
  if (saved.bad()) {
    return to_error(saved, ErrorCode::kUnavailable, "write " + file.filename().string());
  }
  std::error_code error;
  const auto expected = format.calcElementLength(EXS_LittleEndianExplicit, EET_ExplicitLength);
  const auto written = std::filesystem::file_size(file, error);
  if (error || written < expected) {
    return Error{ErrorCode::kNoSpace, fmt::format("write {}: {} of {} bytes arrived",
                                                  file.filename().string(), written, expected)};
  }
  return ok();
}

Result<ResultObject> write_or_throw(const ResultRequest& request,
                                    std::span<const WrittenSegment> segments,
                                    const ReportOptions& options,
                                    const std::filesystem::path& file) {
  if (auto fit = check_report(request, segments, options); !fit) return std::move(fit).error();
  auto source = read_seg_source(request.source);
  if (!source) return std::move(source).error();
  const ReportContent content = make_report_content(request, segments);
  const ReportInput input{request, segments, options, content, *source};
  DcmFileFormat format;
  DcmDataset& dataset = *format.getDataset();
  if (auto built = build_report(input, dataset); !built) return std::move(built).error();
  if (auto whole = complete_report(input, dataset); !whole) return std::move(whole).error();
  auto saved = replace_file(
      file, [&](const std::filesystem::path& part) { return write_file(format, part); });
  if (!saved) {
    // A store of results that cannot be written to now may be mended later: worth another try.
    Error error = std::move(saved).error();
    if (error.code != ErrorCode::kNoSpace) error.code = ErrorCode::kUnavailable;
    return error;
  }
  return ResultObject{.kind = ResultKind::kReport,
                      .series = request.identity.series("report"),
                      .sop = request.identity.sop("report"),
                      .file = file};
}

}  // namespace

Result<ResultObject> write_report(const ResultRequest& request,
                                  std::span<const WrittenSegment> segments,
                                  const ReportOptions& options, const std::filesystem::path& file) {
  try {
    return write_or_throw(request, segments, options, file);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kNoSpace, "not enough memory to write the report"};
  }
}

std::string report_settings(const ReportOptions& options) {
  const Equipment& device = options.equipment;
  return fmt::format(
      "report-layout={};report-series-number={};report-series-description={};"
      "report-manufacturer={};report-model={};report-serial={};report-software={}",
      kLayoutRevision, options.series_number, options.series_description, device.manufacturer,
      device.manufacturer_model_name, device.device_serial_number, device.software_version);
}

}  // namespace hilum::dicomseg
