#include "model/text_tower_parameters.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr TextTowerSize kClip{
    .vocabulary = 49408, .context = 77, .width = 512, .layers = 12, .output = 512};

ShapeTable shapes_of(const TextTowerSize& size) {
  ShapeTable shapes;
  for (const auto& [name, shape] : text_tower_parameters(size)) shapes[name] = shape;
  return shapes;
}

}  // namespace

TEST_CASE("text_tower_parameters: names and shapes are those of OpenAI's ViT-B/32") {
  const auto golden =
      nlohmann::json::parse(test::read_file(HILUM_GOLDEN_DIR "/clip_parameters.json"));
  ShapeTable expected;
  for (const auto& [name, shape] : golden.items()) {
    expected[name] = shape.get<std::vector<std::int64_t>>();
  }
  CHECK(shapes_of(kClip) == expected);
}

TEST_CASE("text_tower_parameters: the size is read off the shapes") {
  const TextTowerSize other{
      .vocabulary = 258, .context = 32, .width = 128, .layers = 3, .output = 64};
  for (const TextTowerSize& size : {kClip, other}) {
    const auto read = text_tower_size(shapes_of(size));
    REQUIRE(read);
    CHECK(*read == size);
  }
  CHECK(kClip.heads() == 8);
}

TEST_CASE("text_tower_parameters: a missing block in between keeps the number of layers") {
  ShapeTable shapes = shapes_of(kClip);
  std::erase_if(shapes, [](const auto& row) { return row.first.find(".5.") != std::string::npos; });
  CHECK(text_tower_size(shapes)->layers == 12);
}

TEST_CASE("text_tower_parameters: shapes that are no text tower are named") {
  struct Case {
    std::string fault;
    std::function<void(ShapeTable&)> change;
  };
  const std::vector<Case> cases{
      {"'token_embedding.weight' is missing",
       [](ShapeTable& t) { t.erase("token_embedding.weight"); }},
      {"'positional_embedding' is missing", [](ShapeTable& t) { t.erase("positional_embedding"); }},
      {"'text_projection' has shape [512] instead of a matrix",
       [](ShapeTable& t) { t["text_projection"] = {512}; }},
      {"'text_projection' has shape [512, 0]",
       [](ShapeTable& t) {
         t["text_projection"] = {512, 0};
       }},
      {"'token_embedding.weight' has shape [1099511627776, 512]",
       [](ShapeTable& t) {
         t["token_embedding.weight"] = {std::int64_t{1} << 40, 512};
       }},
      {"'positional_embedding' has shape [-1, 512]",
       [](ShapeTable& t) {
         t["positional_embedding"] = {-1, 512};
       }},
      {"width 500, which is no multiple of 64",
       [](ShapeTable& t) {
         t["token_embedding.weight"] = {258, 500};
       }},
      {"'transformer.resblocks.0.*' are missing",
       [](ShapeTable& t) {
         std::erase_if(t, [](const auto& row) { return row.first.starts_with("transformer."); });
       }},
      {"'transformer.resblocks.64.ln_1.bias' does not belong to a block 0..63",
       [](ShapeTable& t) { t["transformer.resblocks.64.ln_1.bias"] = {512}; }},
      {"'transformer.resblocks.999999999999.x' does not belong",
       [](ShapeTable& t) { t["transformer.resblocks.999999999999.x"] = {512}; }},
      {"'transformer.resblocks.-1.x' does not belong",
       [](ShapeTable& t) { t["transformer.resblocks.-1.x"] = {512}; }},
      {"'transformer.resblocks.3' does not belong",
       [](ShapeTable& t) { t["transformer.resblocks.3"] = {512}; }},
  };
  for (const auto& [fault, change] : cases) {
    CAPTURE(fault);
    ShapeTable shapes = shapes_of(kClip);
    change(shapes);
    const auto size = text_tower_size(shapes);
    REQUIRE_FALSE(size);
    CAPTURE(size.error().message);
    CHECK(size.error().message.find(fault) != std::string::npos);
  }
}
