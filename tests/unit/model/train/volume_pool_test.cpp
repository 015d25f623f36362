#include "model/train/volume_pool.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace hilum::model::train;

TEST_CASE("volume_of_visit: without a pool every epoch visits every volume once") {
  std::set<int> first;
  std::set<int> second;
  for (int visit = 0; visit < 20; ++visit) {
    (visit < 10 ? first : second).insert(volume_of_visit(1, visit, 10));
  }
  CHECK(first.size() == 10);
  CHECK(second.size() == 10);
}

TEST_CASE("volume_of_visit: a pool keeps each volume for its rounds, then a new one comes") {
  const VolumePool pool{.slots = 6, .rounds = 3};
  constexpr int kVolumes = 1000;
  std::map<int, int> visits;
  std::map<int, std::set<std::int64_t>> rounds;
  for (std::int64_t visit = 0; visit < 6 * 30; ++visit) {
    const int volume = volume_of_visit(5, visit, kVolumes, pool);
    ++visits[volume];
    rounds[volume].insert(visit / 6);
  }
  int new_ones = 0;
  for (const auto& [volume, count] : visits) {
    CAPTURE(volume);
    CHECK(count <= 3);
    // One visit a round, in rounds that follow each other.
    REQUIRE(static_cast<int>(rounds[volume].size()) == count);
    CHECK(*rounds[volume].rbegin() - *rounds[volume].begin() == count - 1);
    new_ones += count == 3 ? 1 : 0;
  }
  CHECK(new_ones >= 6 * 9 - 6);
  // Steady work for the generator: never more than half of the slots change at once.
  std::set<int> before;
  for (std::int64_t round = 0; round < 30; ++round) {
    int changed = 0;
    std::set<int> now;
    for (std::int64_t i = 0; i < 6; ++i) {
      now.insert(volume_of_visit(5, round * 6 + i, kVolumes, pool));
    }
    for (const int volume : now) changed += before.contains(volume) ? 0 : 1;
    if (round > 0) CHECK(changed == 2);
    before = now;
  }
}

TEST_CASE(
    "volume_of_visit: numbers start again where the volumes end, and the pool may be larger") {
  const VolumePool pool{.slots = 4, .rounds = 1};
  for (std::int64_t visit = 0; visit < 100; ++visit) {
    CHECK(volume_of_visit(1, visit, 10, pool) < 10);
    CHECK(volume_of_visit(1, visit, 3, pool) < 3);
  }
}
