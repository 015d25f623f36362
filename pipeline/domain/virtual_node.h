#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "pipeline/domain/result.h"

namespace hilum {

/// Which of our own application entities something was sent to: the main node (`[node]`), or a
/// virtual one (`[[virtual_node]]`) by its name. The name stays when the AE title changes, so that
/// waiting work and the UIDs of results do not depend on titles.
class VirtualNode {
 public:
  VirtualNode() = default;  ///< the main node
  /// "" is the main node. A name is safe as a file name: 1..64 letters, digits, '.', '_' and '-',
  /// the first one a letter or digit.
  static Result<VirtualNode> parse(std::string_view name);

  [[nodiscard]] bool is_main() const { return name_.empty(); }
  /// "" of the main node.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// For people and log lines: "main" of the main node. No virtual node may be called that.
  [[nodiscard]] const std::string& shown() const;
  auto operator<=>(const VirtualNode&) const = default;

 private:
  explicit VirtualNode(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

}  // namespace hilum
