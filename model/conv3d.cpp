#include "model/conv3d.h"

#include "model/direct_conv3d.h"
#include "model/winograd/choose_kernels.h"
#include "model/winograd_conv3d.h"

namespace hilum::model {
namespace {

template <class T>
std::unique_ptr<Conv3d::Algorithm> best_conv3d(const at::Tensor& weight, std::int64_t edge,
                                               at::ScalarType type) {
  const WinogradKernels<T>* kernels = winograd_kernels<T>(static_cast<std::size_t>(weight.size(1)),
                                                          static_cast<std::size_t>(weight.size(0)));
  return kernels != nullptr ? winograd_conv3d<T>(weight, edge, *kernels)
                            : direct_conv3d(weight, edge, type);
}

}  // namespace

Conv3d::Conv3d(const at::Tensor& weight, std::int64_t edge, at::ScalarType type)
    : algorithm_(type == at::kBFloat16 ? best_conv3d<BFloat16>(weight, edge, type)
                                       : best_conv3d<float>(weight, edge, type)) {}

}  // namespace hilum::model
