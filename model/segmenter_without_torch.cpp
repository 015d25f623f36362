#include "model/segmenter.h"

namespace hilum::model {

Result<std::unique_ptr<Segmenter>> make_segmenter(const ModelBundle& /*bundle*/,
                                                  const SegmenterOptions& /*options*/) {
  return Error{ErrorCode::kUnsupported,
               "this build has no LibTorch and so cannot run a model: build with "
               "-DHILUM_WITH_TORCH=ON"};
}

}  // namespace hilum::model
