#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace hilum::admin {

/// Shows how far one long operation is, with the time left, on standard error: a bar that redraws
/// itself on a terminal, one line every tenth elsewhere. Not thread-safe.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  /// `fraction` of the whole, 0..1; `detail`, a few words, follows the bar.
  void show(double fraction, std::string_view detail = {});
  /// Puts a line of its own above the bar.
  void note(std::string_view text);
  /// Leaves the line; nothing is shown after it.
  void finish();

 private:
  std::string what_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_{};
  bool terminal_;
  bool finished_ = false;
  int tenths_shown_ = 0;
};

}  // namespace hilum::admin
