#include "admin/cli/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace hilum::admin {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::string_view kCut = "...";

/// Characters, not bytes, of UTF-8 text: close enough to columns for what we print.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string cut_to(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns || columns <= kCut.size()) return text;
  std::string kept;
  std::size_t used = 0;
  for (const char c : text) {
    const bool starts_character = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (starts_character && ++used > columns - kCut.size()) break;
    kept.push_back(c);
  }
  return kept.append(kCut);
}

}  // namespace

std::string Table::str(std::size_t width) const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    std::size_t used = 0;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - columns_of(row[i]) + kGap, ' ');
      used += widths[i] + kGap;
    }
    constexpr std::size_t kLeastLastColumn = 12;
    line += cut_to(row.back(), width > used + kLeastLastColumn ? width - used : kLeastLastColumn);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::size_t terminal_width() {
  winsize size{};
  constexpr std::size_t kNoTerminal = 10'000;
  if (isatty(STDOUT_FILENO) == 0) return kNoTerminal;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kNoTerminal;
  return size.ws_col;
}

}  // namespace hilum::admin
