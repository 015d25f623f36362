#include "model/segmenter.h"

namespace hilum::model {
namespace {

Error no_torch() {
  return {ErrorCode::kUnsupported,
          "this build has no LibTorch and so cannot run a model: build with "
          "-DHILUM_WITH_TORCH=ON"};
}

}  // namespace

Result<SharedNetwork> SharedNetwork::load(const ModelBundle& /*bundle*/,
                                          const SegmenterOptions& /*options*/) {
  return no_torch();
}

Result<std::unique_ptr<Segmenter>> SharedNetwork::segmenter(const ModelBundle& /*bundle*/) const {
  return no_torch();
}

Result<std::unique_ptr<Segmenter>> make_segmenter(const ModelBundle& /*bundle*/,
                                                  const SegmenterOptions& /*options*/) {
  return no_torch();
}

}  // namespace hilum::model
