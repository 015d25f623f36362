#include "dicomseg/report.h"

#include <fmt/format.h>

#include <new>

#include "dicomseg/part10_file.h"
#include "dicomseg/report_iod.h"
#include "dicomseg/report_text.h"

namespace hilum::dicomseg {
namespace {

/// Increased whenever the bytes of a report change for the same request and options.
constexpr int kLayoutRevision = 1;

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
  if (auto saved = replace_part10(format, file); !saved) return std::move(saved).error();
  return ResultObject{.kind = ResultKind::kReport,
                      .series = request.identity.series("report"),
                      .sop = request.identity.sop("report"),
                      .file = file,
                      .text = render_text(content)};
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
