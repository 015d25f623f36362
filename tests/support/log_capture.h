#pragma once

#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hilum::test {

/// Where all that is logged goes, from before the first thread on: exchanging spdlog's default
/// logger while threads of a node log is a race, exchanging what is behind this is not.
inline const std::shared_ptr<spdlog::sinks::dist_sink_mt> kLogHub = [] {
  auto hub = std::make_shared<spdlog::sinks::dist_sink_mt>();
  hub->set_sinks(spdlog::default_logger()->sinks());
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("", hub));
  return hub;
}();

/// Takes everything that is logged while it is there; make it after what sets the log's level.
class LogCapture {
 public:
  LogCapture() : sink_(std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kMostLines)) {
    sink_->set_pattern("%l %v");
    kLogHub->set_sinks({sink_});
    spdlog::default_logger_raw()->set_level(spdlog::level::trace);
  }
  ~LogCapture() {
    spdlog::default_logger_raw()->set_level(level_before_);
    kLogHub->set_sinks(before_);
  }
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
  const std::vector<spdlog::sink_ptr> before_ = kLogHub->sinks();
  const spdlog::level::level_enum level_before_ = spdlog::default_logger_raw()->level();
  const std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink_;
};

}  // namespace hilum::test
