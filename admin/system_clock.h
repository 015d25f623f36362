#pragma once

#include "pipeline/domain/ports.h"

namespace hilum::admin {

class SystemClock : public Clock {
 public:
  [[nodiscard]] Time now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

inline Time current_time() { return SystemClock{}.now(); }

}  // namespace hilum::admin
