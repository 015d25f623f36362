#include "scp/places.h"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

using namespace hilum::scp;

namespace {

using Taken = std::variant<Places::Place, Places::AllTaken, Places::CallerHasItsOwn>;

bool is_place(const Taken& taken) { return std::holds_alternative<Places::Place>(taken); }

}  // namespace

TEST_CASE("places: so many in total, and one is free again when its owner goes") {
  Places places(2);
  std::optional<Taken> first(places.take("pacs", 0));
  const auto second = places.take("ct", 0);
  CHECK(is_place(*first));
  CHECK(is_place(second));
  CHECK(places.taken() == 2);
  CHECK(std::holds_alternative<Places::AllTaken>(places.take("mr", 0)));
  first.reset();
  CHECK(places.taken() == 1);
  CHECK(is_place(places.take("mr", 0)));
  CHECK(places.taken() == 1);
}

TEST_CASE("places: a caller at its own limit leaves the others their places") {
  Places places(10);
  std::vector<Taken> held;
  for (int i = 0; i < 3; ++i) held.push_back(places.take("pacs", 3));
  for (const auto& one : held) CHECK(is_place(one));
  const auto refused = places.take("pacs", 3);
  REQUIRE(std::holds_alternative<Places::CallerHasItsOwn>(refused));
  CHECK(std::get<Places::CallerHasItsOwn>(refused).limit == 3);
  CHECK(is_place(places.take("ct", 0)));
  CHECK(is_place(places.take("", 1)));
  held.clear();
  CHECK(is_place(places.take("pacs", 3)));
}

TEST_CASE("places: when all are taken it is told who has most") {
  Places places(3);
  const auto a = places.take("ct", 0);
  const auto b = places.take("pacs", 0);
  const auto c = places.take("pacs", 0);
  const auto full = places.take("mr", 0);
  REQUIRE(std::holds_alternative<Places::AllTaken>(full));
  CHECK(std::get<Places::AllTaken>(full).total == 3);
  CHECK(std::get<Places::AllTaken>(full).busiest == "pacs");
  CHECK(std::get<Places::AllTaken>(full).of_busiest == 2);
}
