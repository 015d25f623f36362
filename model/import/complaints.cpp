#include "model/import/complaints.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/import/printable.h"
#include "model/safetensors.h"

namespace hilum::model {

void Complaints::expect(const StateDict& dict, const std::string& name,
                        std::span<const std::int64_t> shape) {
  const auto found = dict.tensors().find(name);
  if (found == dict.tensors().end()) return add(fmt::format("'{}' is missing", name));
  if (!std::ranges::equal(found->second.shape, shape)) {
    add(fmt::format("'{}' has shape {} instead of {}", name, shape_text(found->second.shape),
                    shape_text(shape)));
  }
}

void Complaints::surplus(const std::string& name) {
  add(fmt::format("'{}' is not known", printable(name)));
}

Status Complaints::status(const std::string& context) const {
  constexpr std::size_t kMaxNamed = 100;
  if (texts_.empty()) return ok();
  const std::size_t named = std::min(texts_.size(), kMaxNamed);
  std::string message = fmt::format(
      "{}: {}", context,
      fmt::join(texts_.begin(), texts_.begin() + static_cast<std::ptrdiff_t>(named), "; "));
  if (named < texts_.size()) message += fmt::format("; and {} more", texts_.size() - named);
  return Error{ErrorCode::kInvalidInput, std::move(message)};
}

}  // namespace hilum::model
