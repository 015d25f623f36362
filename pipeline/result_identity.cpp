#include "pipeline/result_identity.h"

#include <fmt/format.h>

namespace hilum::pipeline {

ResultIdentity result_identity(const std::string& instances_digest, const std::string& model_sha256,
                               const std::string& writer_settings, const VirtualNode& node) {
  const std::string at = node.is_main() ? "" : fmt::format("\nvirtual node {}", node.name());
  return ResultIdentity(fmt::format("hilum result 2\n{}\n{}\n{}{}", instances_digest, model_sha256,
                                    writer_settings, at));
}

}  // namespace hilum::pipeline
