#pragma once

#include <string>
#include <vector>

namespace hilum::admin {

/// A plain text table for a terminal: columns as wide as their content; when the whole would be
/// wider than `width`, the last column is cut with "...".
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  /// `cells` has as many entries as the header.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }
  [[nodiscard]] std::string str(std::size_t width) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// Columns of the terminal that standard output goes to; very many when it goes elsewhere, so that
/// nothing is cut in a file or a pipe.
std::size_t terminal_width();

}  // namespace hilum::admin
