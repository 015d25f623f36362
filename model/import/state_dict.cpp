#include "model/import/state_dict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "model/import/file_kind.h"
#include "model/import/printable.h"

namespace hilum::model {
namespace {

/// A file may use one storage for several tensors (tied weights), so the tensors asked for can have
/// more elements than it has bytes, but not many times more.
constexpr std::uint64_t kMaxSharing = 4;

}  // namespace

Result<std::vector<float>> StateDict::floats(const std::string& name) {
  const auto found = tensors_.find(name);
  assert(found != tensors_.end());
  std::uint64_t elements = 1;  // no overflow: `tensors_` holds what lies inside the file
  for (const std::int64_t n : found->second.shape) elements *= static_cast<std::uint64_t>(n);
  elements_read_ += elements;
  if (elements_read_ > kMaxSharing * file_bytes_) {
    return Error{ErrorCode::kNoSpace,
                 fmt::format("its tensors have many times more elements than its {} bytes: its "
                             "storages are shared by too many tensors (at '{}')",
                             file_bytes_, printable(name))};
  }
  auto values = read(name);
  if (!values) {
    return std::move(values).error().in(fmt::format("its tensor '{}'", printable(name)));
  }
  if (!std::ranges::all_of(*values, [](float value) { return std::isfinite(value); })) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("its tensor '{}' has values that are not finite: the training went "
                             "wrong, or the file is damaged",
                             printable(name))};
  }
  return values;
}

Result<std::unique_ptr<StateDict>> open_state_dict(const std::filesystem::path& file) {
  auto kind = file_kind(file);
  if (!kind) return std::move(kind).error();
  switch (*kind) {
    case FileKind::kTorchCheckpoint:
      return open_checkpoint(file);
    case FileKind::kTorchScript:
      return open_torchscript(file);
    case FileKind::kSafetensors:
      return open_safetensors(file);
    case FileKind::kLegacyTorch:
    case FileKind::kOther:
      break;
  }
  return wrong_kind(file, *kind, "a TorchScript archive, safetensors file or PyTorch checkpoint");
}

}  // namespace hilum::model
