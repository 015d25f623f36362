#pragma once

#include <string>

#include "pipeline/domain/result_object.h"
#include "pipeline/domain/virtual_node.h"

namespace hilum::pipeline {

/// A result follows from the work: which instances (their digest), which model (the bundle's
/// sha256) and which settings of the writer, the viewer profile among them. The same work always
/// has the same UIDs, so a result that is made or sent again replaces itself in the PACS, and
/// different work never does. The work of two of our nodes is different work, also when they have
/// the same instances and settings.
ResultIdentity result_identity(const std::string& instances_digest, const std::string& model_sha256,
                               const std::string& writer_settings, const VirtualNode& node = {});

}  // namespace hilum::pipeline
