#pragma once

#include <memory>

#include "admin/models.h"
#include "model/examine/examiner.h"
#include "tests/support/marker_segmenter.h"

namespace hilum::test {

/// MarkerSegmenter, and the real examiner for its classes, about whose volumes nothing is known.
inline admin::NodeModels marker_model() {
  return {.main = {std::make_unique<MarkerSegmenter>(),
                   std::make_unique<model::examine::VesselExaminer>(model::standard_classes(), 1)},
          .others = {}};
}

}  // namespace hilum::test
