#include "pipeline/domain/series.h"

#include <algorithm>

#include "pipeline/domain/sha256.h"

namespace hilum {

std::string instances_digest(std::vector<ReceivedInstance> instances) {
  std::sort(instances.begin(), instances.end(),
            [](const auto& a, const auto& b) { return a.sop < b.sop; });
  Sha256 hash;
  for (const ReceivedInstance& instance : instances) {
    hash.update(instance.sop.str() + ' ' + instance.sha256 + '\n');
  }
  return Sha256::hex(hash.finish());
}

std::string_view to_string(SeriesFacts::Orientation orientation) {
  switch (orientation) {
    case SeriesFacts::Orientation::kAxial:
      return "axial";
    case SeriesFacts::Orientation::kCoronal:
      return "coronal";
    case SeriesFacts::Orientation::kSagittal:
      return "sagittal";
    case SeriesFacts::Orientation::kOblique:
      return "oblique";
    case SeriesFacts::Orientation::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace hilum
