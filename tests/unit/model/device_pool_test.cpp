#include "model/device_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <stop_token>
#include <thread>
#include <utility>

#include "tests/support/eventually.h"

using namespace hilum;
using namespace hilum::model;
using namespace std::chrono_literals;

TEST_CASE("device_pool: each device is lent to one at a time") {
  DevicePool pool(3);
  const auto a = pool.take({});
  auto b = pool.take({});
  const auto c = pool.take({});
  REQUIRE((a && b && c));
  CHECK(std::set{a->device(), b->device(), c->device()} == std::set<std::size_t>{0, 1, 2});

  const std::size_t free_soon = b->device();
  std::atomic<int> got = -1;
  std::jthread next([&] {
    if (const auto loan = pool.take({})) got = static_cast<int>(loan->device());
  });
  CHECK_FALSE(test::eventually([&] { return got >= 0; }, 20ms));
  b.reset();
  CHECK(test::eventually([&] { return got == static_cast<int>(free_soon); }));
}

TEST_CASE("device_pool: a loan that was moved gives its device back once") {
  DevicePool pool(1);
  {
    auto first = pool.take({});
    REQUIRE(first);
    const DevicePool::Loan moved = std::move(*first);
    CHECK(moved.device() == 0);
  }
  const auto second = pool.take({});
  REQUIRE(second);
  CHECK(second->device() == 0);
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(pool.take(stop.get_token()));
}

TEST_CASE("device_pool: stop ends the wait, and nobody has taken anything") {
  DevicePool pool(1);
  auto only = pool.take({});
  std::stop_source stop;
  std::atomic<bool> refused = false;
  std::jthread waiting([&] { refused = !pool.take(stop.get_token()).has_value(); });
  stop.request_stop();
  CHECK(test::eventually([&] { return refused.load(); }));
  only.reset();
  CHECK(pool.take({}));
}
