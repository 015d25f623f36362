#include "pipeline/domain/stage_gate.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/support/eventually.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

TEST_CASE("stage_gate: lets in as many as it has places") {
  StageGate gate(2);
  const auto first = gate.enter({});
  const auto second = gate.enter({});
  CHECK(first);
  CHECK(second);
}

TEST_CASE("stage_gate: the next one waits until a place is given back") {
  StageGate gate(1);
  auto inside = gate.enter({});
  std::atomic<bool> entered = false;
  std::jthread next([&] { entered = gate.enter({}).has_value(); });
  CHECK_FALSE(eventually([&] { return entered.load(); }, 20ms));
  inside.reset();
  CHECK(eventually([&] { return entered.load(); }));
}

TEST_CASE("stage_gate: a pass that was moved gives back one place, once") {
  StageGate gate(1);
  {
    auto first = gate.enter({});
    const StageGate::Pass moved = std::move(*first);
  }
  const auto second = gate.enter({});
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(gate.enter(stop.get_token()));
}

TEST_CASE("stage_gate: stop ends the wait") {
  StageGate gate(1);
  const auto inside = gate.enter({});
  std::stop_source stop;
  std::atomic<bool> refused = false;
  std::jthread next([&] { refused = !gate.enter(stop.get_token()).has_value(); });
  stop.request_stop();
  CHECK(eventually([&] { return refused.load(); }));
}

TEST_CASE("stage_gate: whoever was stopped while waiting takes no place") {
  StageGate gate(1);
  auto inside = gate.enter({});
  std::stop_source stop;
  std::jthread stopped([&] { static_cast<void>(gate.enter(stop.get_token())); });
  stop.request_stop();
  stopped.join();
  inside.reset();
  CHECK(gate.enter({}));
}
