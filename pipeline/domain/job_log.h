#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace hilum {

/// When a piece of work was under way.
struct Stage {
  using Clock = std::chrono::steady_clock;
  std::string name;
  Clock::time_point begin;
  Clock::time_point end;
};

/// What is worth knowing afterwards about how one series became one result: the stages with their
/// times, and notes for people. Belongs to one job and one thread.
struct JobLog {
  std::vector<Stage> stages;
  std::vector<std::string> notes;

  /// Runs `body`, records how long it took as stage `name`, and returns what it returned.
  template <class Body>
  auto timed(std::string name, const Body& body) {
    const Recorder recorder{*this, std::move(name)};
    return body();
  }

 private:
  struct Recorder {
    JobLog& log;
    std::string name;
    Stage::Clock::time_point begin = Stage::Clock::now();
    ~Recorder() { log.stages.push_back({name, begin, Stage::Clock::now()}); }
  };
};

}  // namespace hilum
