#include "model/winograd_conv3d.h"

#include <ATen/Parallel.h>

#include <type_traits>

#include "model/winograd/winograd.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for would run on one thread: compile with OpenMP"
#endif

namespace hilum::model {
namespace {

template <class T>
class WinogradConv3d : public Conv3d::Algorithm {
 public:
  WinogradConv3d(const WinogradShape& shape, const at::Tensor& weight,
                 const WinogradKernels<T>& kernels)
      : shape_(shape),
        convolution_(shape, {weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel())},
                     kernels) {}

  at::Tensor run(const at::Tensor& x) override {
    at::Tensor y = channels_last_cube(static_cast<std::int64_t>(shape_.out),
                                      static_cast<std::int64_t>(shape_.out_edge()), kType);
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
  static constexpr at::ScalarType kType = std::is_same_v<T, float> ? at::kFloat : at::kBFloat16;
  WinogradShape shape_;
  Winograd<T> convolution_;
};

}  // namespace

template <class T>
std::unique_ptr<Conv3d::Algorithm> winograd_conv3d(const at::Tensor& weight, std::int64_t edge,
                                                   const WinogradKernels<T>& kernels) {
  const WinogradShape shape{.in = static_cast<std::size_t>(weight.size(1)),
                            .out = static_cast<std::size_t>(weight.size(0)),
                            .kernel = static_cast<std::size_t>(weight.size(2)),
                            .edge = static_cast<std::size_t>(edge)};
  return std::make_unique<WinogradConv3d<T>>(shape, weight.contiguous(), kernels);
}

template std::unique_ptr<Conv3d::Algorithm> winograd_conv3d(const at::Tensor&, std::int64_t,
                                                            const WinogradKernels<float>&);
template std::unique_ptr<Conv3d::Algorithm> winograd_conv3d(const at::Tensor&, std::int64_t,
                                                            const WinogradKernels<BFloat16>&);

}  // namespace hilum::model
