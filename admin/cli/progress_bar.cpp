#include "admin/cli/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace hilum::admin {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

std::string time_left(double fraction, steady_clock::duration elapsed) {
  constexpr double kTooEarlyToSay = 0.02;
  if (fraction < kTooEarlyToSay) return "";
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const auto left = static_cast<long>(seconds * (1.0 - fraction) / fraction + 0.5);
  return fmt::format("{}:{:02} left", left / 60, left % 60);
}

}  // namespace

ProgressBar::ProgressBar(std::string what)
    : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) != 0) {}

void ProgressBar::show(double fraction, std::string_view detail) {
  if (finished_) return;
  fraction = std::clamp(fraction, 0.0, 1.0);
  const auto now = steady_clock::now();
  if (!terminal_) {
    const int tenths = static_cast<int>(fraction * 10);
    if (tenths <= tenths_shown_) return;
    tenths_shown_ = tenths;
    fmt::print(stderr, "{} {} % {}\n", what_, tenths * 10, detail);
    return;
  }
  if (now - drawn_ < 100ms && fraction < 1) return;
  drawn_ = now;
  constexpr int kWidth = 30;
  const auto filled = static_cast<std::size_t>(fraction * kWidth);
  // The escape sequence clears what a longer line left behind.
  fmt::print(stderr, "\r{} [{}{}] {:3.0f} % {:12} {}\x1b[K", what_, std::string(filled, '='),
             std::string(kWidth - filled, ' '), fraction * 100, time_left(fraction, now - start_),
             detail);
  std::fflush(stderr);
}

void ProgressBar::note(std::string_view text) {
  fmt::print(stderr, "{}{}\n", terminal_ && !finished_ ? "\r\x1b[K" : "", text);
}

void ProgressBar::finish() {
  if (finished_) return;
  finished_ = true;
  if (terminal_) fmt::print(stderr, "\n");
}

}  // namespace hilum::admin
