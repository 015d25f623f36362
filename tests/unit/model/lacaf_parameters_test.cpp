#include "model/lacaf_parameters.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

TEST_CASE("lacaf_parameters: names and shapes are the reference's without what it never reads") {
  constexpr std::array kUnused{
      "imgAdapter.",      "GAP.",           "norm.", "attn.", "controller_256.",
      "controller_1024.", "text_to_vision."};
  const auto reference =
      nlohmann::json::parse(test::read_file(HILUM_GOLDEN_DIR "/lacaf_parameters.json"));
  std::map<std::string, std::vector<std::int64_t>> expected;
  for (const auto& [name, shape] : reference.items()) {
    const bool unused =
        std::ranges::any_of(kUnused, [&](const char* prefix) { return name.starts_with(prefix); });
    if (!unused) expected[name] = shape.get<std::vector<std::int64_t>>();
  }
  std::map<std::string, std::vector<std::int64_t>> actual;
  for (const auto& [name, shape] : lacaf_parameters({.width = 32, .classes = 4, .window = 96})) {
    actual[name] = shape;
  }
  CHECK(actual == expected);
}

TEST_CASE("lacaf_parameters: the backbone has the paper's 19.08 million numbers") {
  std::int64_t total = 0;
  for (const auto& [name, shape] : lacaf_parameters({})) {
    std::int64_t count = 1;
    for (const std::int64_t n : shape) count *= n;
    if (name.starts_with("backbone.")) total += count;
  }
  // With mean and variance of the 2336 normalised channels, which are stored but never read:
  CHECK(total + 2 * 2336 == 19'078'272);
}

TEST_CASE("lacaf_parameters: the pooling adapter follows the window") {
  for (const auto& [name, shape] : lacaf_parameters({.width = 4, .classes = 2, .window = 32})) {
    if (name == "Feature_adapter2.0.D_fc1.weight") {
      CHECK(shape == std::vector<std::int64_t>{1, 4});
    }
    if (name == "organ_embedding") CHECK(shape == std::vector<std::int64_t>{2, 512});
  }
}

TEST_CASE("lacaf_parameters: average pooling has no pooling adapter, and fusion no tensors") {
  const auto names = [](const LaCafSize& size) {
    std::vector<std::string> all;
    for (const auto& [name, shape] : lacaf_parameters(size)) all.push_back(name);
    return all;
  };
  std::vector<std::string> without = names({});
  CHECK(std::erase_if(without, [](const std::string& name) {
          return name.starts_with("Feature_adapter2.");
        }) == 4);
  CHECK(names({.pooling = Pooling::kAverage}) == without);
  CHECK(names({.fusion = Fusion::kConcatenation}) == names({}));
}

TEST_CASE("lacaf_parameters: norm groups are 16 where the channels allow it") {
  CHECK(group_count(64) == 16);
  CHECK(group_count(16) == 16);
  CHECK(group_count(8) == 8);
  CHECK(group_count(24) == 8);
  CHECK(group_count(2) == 2);
}
