#include <dnnl.hpp>
#include <new>

#include "model/direct_conv3d.h"

namespace hilum::model {
namespace {

using dnnl::memory;
constexpr memory::format_tag kChannelsLast = memory::format_tag::ndhwc;

const dnnl::engine& processor() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::data_type data_type(at::ScalarType type) {
  return type == at::kBFloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

memory::desc cube_layout(std::int64_t channels, std::int64_t edge, at::ScalarType type) {
  return {{1, channels, edge, edge, edge}, data_type(type), kChannelsLast};
}

dnnl::convolution_forward::primitive_desc describe(const memory::desc& from,
                                                   const memory::desc& weight,
                                                   const memory::desc& to) {
  const memory::dims strides(3, 1);
  const memory::dims around(3, 1);  // zeros
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {processor(), kKind, kAlgorithm, from, weight, to, strides, around, around};
#else
  return {{kKind, kAlgorithm, from, weight, to, strides, around, around}, processor()};
#endif
}

/// `guarded` knows missing memory by the standard's exception.
template <class Body>
auto with_memory(const Body& body) {
  try {
    return body();
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw;
  }
}

class OneDnnConv3d : public Conv3d::Algorithm {
 public:
  OneDnnConv3d(const at::Tensor& weights, std::int64_t edge, at::ScalarType type)
      : type_(type),
        out_channels_(weights.size(0)),
        out_edge_(edge + 3 - weights.size(2)),
        from_(cube_layout(weights.size(1), edge, type)),
        to_(cube_layout(out_channels_, out_edge_, type)) {
    const at::Tensor plain = weights.contiguous();
    const memory::dims shape = plain.sizes().vec();
    const auto what = describe(from_, {shape, data_type(type), memory::format_tag::any}, to_);
    convolution_ = dnnl::convolution_forward(what);
    weight_ = memory(what.weights_desc(), processor());
    memory given({shape, memory::data_type::f32, memory::format_tag::oidhw}, processor(),
                 plain.data_ptr());
    dnnl::reorder(given, weight_).execute(stream_, given, weight_);
    stream_.wait();
  }

  at::Tensor run(const at::Tensor& x) override {
    at::Tensor y = channels_last_cube(out_channels_, out_edge_, type_);
    with_memory([&] {
      convolution_.execute(stream_, {{DNNL_ARG_SRC, memory(from_, processor(), x.data_ptr())},
                                     {DNNL_ARG_WEIGHTS, weight_},
                                     {DNNL_ARG_DST, memory(to_, processor(), y.data_ptr())}});
      stream_.wait();
    });
    return y;
  }

 private:
  at::ScalarType type_;
  std::int64_t out_channels_;
  std::int64_t out_edge_;
  memory::desc from_;
  memory::desc to_;
  memory weight_;
  dnnl::convolution_forward convolution_;
  dnnl::stream stream_{processor()};
};

}  // namespace

std::unique_ptr<Conv3d::Algorithm> direct_conv3d(const at::Tensor& weight, std::int64_t edge,
                                                 at::ScalarType type) {
  return with_memory([&] { return std::make_unique<OneDnnConv3d>(weight, edge, type); });
}

}  // namespace hilum::model
