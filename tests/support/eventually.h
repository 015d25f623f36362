#pragma once

#include <chrono>
#include <thread>

namespace hilum::test {

/// Whether `condition` holds before the deadline; asked again and again. Long enough for a machine
/// that is busy with other things.
template <class Condition>
bool eventually(const Condition& condition,
                std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
  constexpr std::chrono::milliseconds kBetween{5};
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kBetween);
  }
  return true;
}

}  // namespace hilum::test
