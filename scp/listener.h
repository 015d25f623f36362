#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "pipeline/domain/posix_file.h"
#include "pipeline/domain/result.h"

namespace hilum::scp {

/// Accepts TCP connections on one address and port and hands each to a function, on a thread of
/// its own. Thread-safe.
class Listener {
 public:
  using Accepted = std::function<void(UniqueFd)>;

  /// `bind_address` is numeric, IPv4 or IPv6 ("::" takes IPv4 callers, too); port 0 takes a free
  /// one. `accepted` is called from the listener's thread and must return quickly. kUnavailable
  /// when the port is taken, kInvalidInput when the address is none.
  static Result<std::unique_ptr<Listener>> open(const std::string& bind_address, std::uint16_t port,
                                                Accepted accepted);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Accepts nothing more; `accepted` is not called after it returns. May be called again.
  void close();

 private:
  struct Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hilum::scp
