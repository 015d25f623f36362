#include "pipeline/result_identity.h"

#include <fmt/format.h>

namespace hilum::pipeline {

ResultUids result_uids(const std::string& instances_digest, const std::string& model_sha256,
                       const std::string& encoder_settings, const VirtualNode& node) {
  // No line for the main node: results keep the UIDs they had before there were virtual ones.
  const std::string at = node.is_main() ? "" : fmt::format("\nvirtual node {}", node.name());
  const auto uid = [&](std::string_view what) {
    return derived_uid(fmt::format("hilum result 1\n{}\n{}\n{}\n{}{}", what, instances_digest,
                                   model_sha256, encoder_settings, at));
  };
  // A derived UID is valid by construction.
  return {.series = *SeriesUid::parse(uid("series")), .sop = *SopInstanceUid::parse(uid("sop"))};
}

}  // namespace hilum::pipeline
