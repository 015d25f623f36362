#include "pipeline/domain/result_object.h"

namespace hilum {

std::string_view to_string(ResultKind kind) {
  switch (kind) {
    case ResultKind::kSegmentation:
      return "segmentation";
    case ResultKind::kReport:
      return "report";
    case ResultKind::kPictures:
      return "pictures";
  }
  return "unknown";
}

Result<ResultKind> result_kind_from(std::string_view name) {
  for (const ResultKind kind :
       {ResultKind::kSegmentation, ResultKind::kReport, ResultKind::kPictures}) {
    if (name == to_string(kind)) return kind;
  }
  return Error{ErrorCode::kInvalidInput, "'" + std::string(name) + "' is no kind of result"};
}

}  // namespace hilum
