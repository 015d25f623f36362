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

}  // namespace hilum
