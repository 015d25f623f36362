#pragma once

#include <span>

#include "dicomseg/report.h"
#include "dicomseg/report_content.h"
#include "dicomseg/seg_source.h"

/// Private to dicomseg/: content -> data set of a structured report.
namespace hilum::dicomseg {

struct ReportInput {
  const ResultRequest& request;
  std::span<const WrittenSegment> segments;
  const ReportOptions& options;
  const ReportContent& content;
  const SegSource& source;
};

/// Checks texts, labels and numbers before anything is written; errors as of `write_report`.
Status check_report(const ResultRequest& request, std::span<const WrittenSegment> segments,
                    const ReportOptions& options);

/// Builds the information object with DCMTK's dcmsr into `dataset`, which is empty: everything but
/// what `complete_report` replaces. Thread-safe (one at a time: DCMTK's context groups are not).
Status build_report(const ReportInput& input, DcmDataset& dataset);

/// What dcmsr cannot write, and what it writes differently every time: attributes of patient and
/// study, UIDs, dates.
Status complete_report(const ReportInput& input, DcmDataset& dataset);

}  // namespace hilum::dicomseg
