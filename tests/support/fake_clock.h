#pragma once

#include <atomic>

#include "pipeline/domain/ports.h"

namespace hilum::test {

/// A clock that stands still until it is told otherwise.
class FakeClock : public Clock {
 public:
  [[nodiscard]] Time now() const override { return Time(std::chrono::milliseconds(ms_.load())); }
  void advance(std::chrono::milliseconds by) { ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> ms_{1'700'000'000'000};
};

}  // namespace hilum::test
