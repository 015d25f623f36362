#include "model/direct_conv3d.h"

namespace hilum::model {
namespace {

class TorchConv3d : public Conv3d::Algorithm {
 public:
  TorchConv3d(const at::Tensor& weight, at::ScalarType type)
      : weight_(weight.to(type).contiguous(at::MemoryFormat::ChannelsLast3d)) {}

  at::Tensor run(const at::Tensor& x) override {
    // LibTorch 1.13 answers in plain order.
    return at::conv3d(x, weight_, {}, /*stride=*/1, /*padding=*/1)
        .contiguous(at::MemoryFormat::ChannelsLast3d);
  }

 private:
  at::Tensor weight_;
};

}  // namespace

std::unique_ptr<Conv3d::Algorithm> direct_conv3d(const at::Tensor& weight, std::int64_t /*edge*/,
                                                 at::ScalarType type) {
  return std::make_unique<TorchConv3d>(weight, type);
}

}  // namespace hilum::model
