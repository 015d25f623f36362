#pragma once

#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hilum::test {

/// Takes everything that is logged while it is there; make it after what sets the log's level.
class LogCapture {
 public:
  LogCapture() : sink_(std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kMostLines)) {
    auto logger = std::make_shared<spdlog::logger>("capture", sink_);
    logger->set_pattern("%l %v");
    logger->set_level(spdlog::level::trace);
    // A thread of a node that outlives this object may be logging into it when it goes: spdlog's
    // default logger is a plain pointer to it. So it lasts as long as the process.
    static std::vector<std::shared_ptr<spdlog::logger>> for_ever;
    for_ever.push_back(logger);
    spdlog::set_default_logger(std::move(logger));
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& line : sink_->last_formatted()) all += line;
    return all;
  }
  /// The latest line that holds `part`, waited for; "" when there is none in time.
  [[nodiscard]] std::string line_with(const std::string& part) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    do {
      const auto lines = sink_->last_formatted();
      for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        if (line->find(part) != std::string::npos) return *line;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    } while (std::chrono::steady_clock::now() < deadline);
    return "";
  }

 private:
  static constexpr std::size_t kMostLines = 1000;
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  const std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink_;
};

}  // namespace hilum::test
