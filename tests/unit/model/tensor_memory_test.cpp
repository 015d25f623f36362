// c10 has a macro CHECK of its own, hence the long names.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include "model/tensor_memory.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

using namespace hilum::model;

namespace {

constexpr std::int64_t kLarge = std::int64_t{4} << 20;  // floats

const void* address_of_new_tensor() { return at::empty({kLarge}, at::kFloat).data_ptr(); }

}  // namespace

DOCTEST_TEST_CASE("tensor_memory: a large tensor gets the memory of the one before it") {
  keep_tensor_memory();
  const void* first = address_of_new_tensor();
  DOCTEST_CHECK(address_of_new_tensor() == first);
}

DOCTEST_TEST_CASE("tensor_memory: two tensors that live at once never share memory") {
  keep_tensor_memory();
  const auto ones = at::ones({kLarge}, at::kFloat);
  const auto twos = at::full({kLarge}, 2.0F);
  DOCTEST_CHECK(ones.sum().item<double>() == kLarge);
  DOCTEST_CHECK(twos.sum().item<double>() == 2.0 * kLarge);
}

DOCTEST_TEST_CASE("tensor_memory: returning memory leaves living and later tensors intact") {
  keep_tensor_memory();
  const auto living = at::ones({kLarge}, at::kFloat);
  static_cast<void>(address_of_new_tensor());
  return_tensor_memory();
  DOCTEST_CHECK(at::ones({kLarge}, at::kFloat).sum().item<double>() == kLarge);
  DOCTEST_CHECK(living.sum().item<double>() == kLarge);
}
