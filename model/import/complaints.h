#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/import/state_dict.h"
#include "model/lacaf_parameters.h"
#include "pipeline/domain/result.h"

namespace hilum::model {

/// Collects what is wrong with a file's tensors, so that one message names all of it.
class Complaints {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  /// Complains about tensor `wanted` when `dict` does not have it under `name` or in another shape.
  void expect(const StateDict& dict, const std::string& name, std::span<const std::int64_t> shape);
  void surplus(const std::string& name);

  [[nodiscard]] bool empty() const { return texts_.empty(); }
  /// kInvalidInput with all complaints behind `context`; past the first hundred their number.
  [[nodiscard]] Status status(const std::string& context) const;

 private:
  std::vector<std::string> texts_;
};

}  // namespace hilum::model
