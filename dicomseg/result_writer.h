#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dicomseg/equipment.h"
#include "pipeline/domain/ports.h"

namespace hilum::dicomseg {

struct ResultWriterOptions {
  int series_number = 9001;  ///< of segmentations; see kReportNumberOffset
  Equipment equipment{};
};
/// The series numbers of reports and pictures follow from that of segmentations, far enough from it
/// for the numbers of several virtual nodes.
inline constexpr int kReportNumberOffset = 100;
inline constexpr int kPicturesNumberOffset = 200;

/// A SOP class and what it is called (PS3.6 A.1).
struct NamedSopClass {
  std::string uid;
  std::string name;
};
/// Of the objects that a profile asks for: what a destination must accept.
std::vector<NamedSopClass> sop_classes_of(const ViewerProfile& profile);

/// Writes what a viewer profile asks for: segmentations (seg_writer.h), report (report.h), pictures
/// (picture_writer.h), in this order. Errors: theirs. Safe from any thread.
class DcmResultWriter : public ResultWriter {
 public:
  explicit DcmResultWriter(ResultWriterOptions options = {}) : options_(std::move(options)) {}

  Result<std::vector<ResultObject>> write(const ResultRequest& request,
                                          const ViewerProfile& profile,
                                          const std::filesystem::path& directory) override;
  [[nodiscard]] std::string settings(const ViewerProfile& profile) const override;

 private:
  const ResultWriterOptions options_;
};

}  // namespace hilum::dicomseg
