#pragma once

#include <string>

#include "pipeline/domain/job.h"
#include "pipeline/domain/virtual_node.h"

namespace hilum::pipeline {

/// The UIDs of a result follow from the work: which instances (their digest), which model (the
/// bundle's sha256) and which encoder settings. The same work always has the same UIDs, so a result
/// that is made or sent again replaces itself in the PACS, and different work never does. The
/// work of two of our nodes is different work, also when they have the same instances and settings.
ResultUids result_uids(const std::string& instances_digest, const std::string& model_sha256,
                       const std::string& encoder_settings, const VirtualNode& node = {});

}  // namespace hilum::pipeline
