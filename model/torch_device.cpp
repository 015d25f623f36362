#include "model/torch_device.h"

#include <fmt/format.h>
#include <torch/cuda.h>

#include <charconv>
#include <string_view>

#include "model/lacaf.h"

namespace hilum::model {

Result<at::Device> parse_device(const std::string& name) {
  if (name == "cpu") return at::Device(at::kCPU);
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (name == "auto") return count > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  int index = 0;
  if (name != "cuda") {
    constexpr std::string_view kPrefix = "cuda:";
    const char* end = name.data() + name.size();
    const bool numbered =
        name.starts_with(kPrefix) && name.size() > kPrefix.size() && name[kPrefix.size()] != '-';
    if (!numbered || std::from_chars(name.data() + kPrefix.size(), end, index).ptr != end) {
      return Error{ErrorCode::kInvalidInput,
                   fmt::format("unknown device '{}': use auto, cpu, cuda or cuda:N", name)};
    }
  }
  if (index >= count) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("there is no device '{}' ({} CUDA devices found): check the driver, "
                             "or use device 'cpu' or 'auto'",
                             name, count)};
  }
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

std::vector<std::string> devices_named(const std::string& setting) {
  const auto count = setting == "auto" ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (count == 0) return {setting};
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(fmt::format("cuda:{}", i));
  return names;
}

}  // namespace hilum::model
