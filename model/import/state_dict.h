#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/import/element_type.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

struct TensorInfo {
  ElementType type = ElementType::kF32;
  std::vector<std::int64_t> shape;
};

/// Named tensors of a weight file, whatever its format. Numbers are read on demand. Not
/// thread-safe.
class StateDict {
 public:
  virtual ~StateDict() = default;
  StateDict(const StateDict&) = delete;
  StateDict& operator=(const StateDict&) = delete;

  [[nodiscard]] const std::map<std::string, TensorInfo>& tensors() const { return tensors_; }
  /// Row-major elements of tensor `name`; what is no float is converted. Asking for a name that
  /// `tensors` does not have is a bug. kInvalidInput when the data are damaged or any value is not
  /// finite, naming the tensor; kNoSpace when memory does not suffice, or when the tensors asked
  /// for so far have many times more elements than the file has bytes.
  Result<std::vector<float>> floats(const std::string& name);

 protected:
  StateDict() = default;
  virtual Result<std::vector<float>> read(const std::string& name) = 0;

  std::map<std::string, TensorInfo> tensors_;
  std::uint64_t file_bytes_ = 0;

 private:
  std::uint64_t elements_read_ = 0;
};

/// The state dict of a PyTorch checkpoint: under one of the keys `net`, `state_dict`, `model`, or
/// the whole file. A prefix `module.` that all names have (DataParallel) is removed. Values that
/// are no tensors are an error, named. Errors also as TorchFile::open.
Result<std::unique_ptr<StateDict>> open_checkpoint(const std::filesystem::path& file);

/// The tensors of a safetensors file; unlike `SafetensorsFile` without reading all of it.
Result<std::unique_ptr<StateDict>> open_safetensors(const std::filesystem::path& file);

/// Parameters and buffers of a TorchScript archive, loaded on the CPU through LibTorch. Nothing of
/// its code is called. kUnsupported in a build without LibTorch.
Result<std::unique_ptr<StateDict>> open_torchscript(const std::filesystem::path& file);

/// One of the three, by the file's content.
Result<std::unique_ptr<StateDict>> open_state_dict(const std::filesystem::path& file);

}  // namespace hilum::model
