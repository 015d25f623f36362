#include "model/conv3d.h"

#include <ATen/Parallel.h>

#include "model/direct_conv3d.h"
#include "model/winograd/choose_kernels.h"
#include "model/winograd/winograd.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for would run on one thread: compile with OpenMP"
#endif

namespace hilum::model {
namespace {

template <class T>
class WinogradConv3d : public Conv3d::Algorithm {
 public:
  WinogradConv3d(const WinogradShape& shape, const at::Tensor& weight, at::ScalarType type,
                 const WinogradKernels<T>& kernels)
      : shape_(shape),
        type_(type),
        convolution_(shape, {weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel())},
                     kernels) {}

  at::Tensor run(const at::Tensor& x) override {
    at::Tensor y = channels_last_cube(static_cast<std::int64_t>(shape_.out),
                                      static_cast<std::int64_t>(shape_.out_edge()), type_);
    const auto* in = static_cast<const T*>(x.data_ptr());
    auto* out = static_cast<T*>(y.data_ptr());
    at::parallel_for(0, static_cast<std::int64_t>(convolution_.parts()), 1,
                     [&](std::int64_t begin, std::int64_t end) {
                       typename Winograd<T>::Scratch scratch(convolution_);
                       for (std::int64_t i = begin; i < end; ++i) {
                         convolution_.run(static_cast<std::size_t>(i), in, scratch, out);
                       }
                     });
    return y;
  }

 private:
  WinogradShape shape_;
  at::ScalarType type_;
  Winograd<T> convolution_;
};

template <class T>
std::unique_ptr<Conv3d::Algorithm> best_conv3d(const at::Tensor& weight, std::int64_t edge,
                                               at::ScalarType type) {
  const WinogradShape shape{.in = static_cast<std::size_t>(weight.size(1)),
                            .out = static_cast<std::size_t>(weight.size(0)),
                            .kernel = static_cast<std::size_t>(weight.size(2)),
                            .edge = static_cast<std::size_t>(edge)};
  const WinogradKernels<T>* kernels = winograd_kernels<T>(shape.in, shape.out);
  if (kernels == nullptr) return direct_conv3d(weight, edge, type);
  return std::make_unique<WinogradConv3d<T>>(shape, weight.contiguous(), type, *kernels);
}

}  // namespace

Conv3d::Conv3d(const at::Tensor& weight, std::int64_t edge, at::ScalarType type)
    : algorithm_(type == at::kBFloat16 ? best_conv3d<BFloat16>(weight, edge, type)
                                       : best_conv3d<float>(weight, edge, type)) {}

}  // namespace hilum::model
