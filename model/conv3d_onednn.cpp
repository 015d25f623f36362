#include <dnnl.hpp>
#include <new>

#include "model/conv3d.h"

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
                                                   const memory::desc& to, std::int64_t padding) {
  const memory::dims strides(3, 1);
  const memory::dims around(3, padding);
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

}  // namespace

struct Conv3d::Prepared {
  Prepared(const at::Tensor& weights, std::int64_t edge, std::int64_t padding,
           at::ScalarType scalar_type)
      : type(scalar_type),
        out_channels(weights.size(0)),
        out_edge(edge + 2 * padding - weights.size(2) + 1),
        from(cube_layout(weights.size(1), edge, type)),
        to(cube_layout(out_channels, out_edge, type)) {
    const at::Tensor plain = weights.contiguous();
    const memory::dims shape = plain.sizes().vec();
    const auto what =
        describe(from, {shape, data_type(type), memory::format_tag::any}, to, padding);
    convolution = dnnl::convolution_forward(what);
    weight = memory(what.weights_desc(), processor());
    memory given({shape, memory::data_type::f32, memory::format_tag::oidhw}, processor(),
                 plain.data_ptr());
    dnnl::reorder(given, weight).execute(stream, given, weight);
    stream.wait();
  }

  at::ScalarType type;
  std::int64_t out_channels;
  std::int64_t out_edge;
  memory::desc from;
  memory::desc to;
  memory weight;
  dnnl::convolution_forward convolution;
  dnnl::stream stream{processor()};
};

Conv3d::Conv3d(const at::Tensor& weight, std::int64_t edge, std::int64_t padding,
               at::ScalarType type)
    : prepared_(
          with_memory([&] { return std::make_unique<Prepared>(weight, edge, padding, type); })) {}
Conv3d::Conv3d(Conv3d&&) noexcept = default;
Conv3d& Conv3d::operator=(Conv3d&&) noexcept = default;
Conv3d::~Conv3d() = default;

at::Tensor Conv3d::run(const at::Tensor& x) const {
  Prepared& p = *prepared_;
  at::Tensor y = channels_last_cube(p.out_channels, p.out_edge, p.type);
  with_memory([&] {
    p.convolution.execute(p.stream, {{DNNL_ARG_SRC, memory(p.from, processor(), x.data_ptr())},
                                     {DNNL_ARG_WEIGHTS, p.weight},
                                     {DNNL_ARG_DST, memory(p.to, processor(), y.data_ptr())}});
    p.stream.wait();
  });
  return y;
}

}  // namespace hilum::model
