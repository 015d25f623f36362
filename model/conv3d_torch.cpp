#include "model/conv3d.h"

namespace hilum::model {

struct Conv3d::Prepared {
  at::Tensor weight;
  std::int64_t padding;
};

Conv3d::Conv3d(const at::Tensor& weight, std::int64_t /*edge*/, std::int64_t padding,
               at::ScalarType type)
    : prepared_(std::make_unique<Prepared>(
          weight.to(type).contiguous(at::MemoryFormat::ChannelsLast3d), padding)) {}
Conv3d::Conv3d(Conv3d&&) noexcept = default;
Conv3d& Conv3d::operator=(Conv3d&&) noexcept = default;
Conv3d::~Conv3d() = default;

at::Tensor Conv3d::run(const at::Tensor& x) const {
  // LibTorch 1.13 answers in plain order.
  return at::conv3d(x, prepared_->weight, {}, /*stride=*/1, prepared_->padding)
      .contiguous(at::MemoryFormat::ChannelsLast3d);
}

}  // namespace hilum::model
