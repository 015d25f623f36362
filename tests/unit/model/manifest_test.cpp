#include "model/manifest.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

using namespace hilum;
using namespace hilum::model;
using nlohmann::json;

namespace {

Manifest example() {
  Manifest m;
  m.name = "LA-CAF";
  m.version = "1.2";
  m.trained = true;
  m.classes = standard_classes();
  m.provenance = {{"data", "none"}};
  return m;
}

Error error_after(const std::function<void(json&)>& change) {
  json object = json::parse(stored_json(example(), "ab"));
  change(object);
  const auto parsed = parse_manifest(object.dump());
  REQUIRE_FALSE(parsed);
  return parsed.error();
}

}  // namespace

TEST_CASE("manifest: what is stored is read back, and its spelling is canonical") {
  const auto stored = parse_manifest(stored_json(example(), "ab"));
  REQUIRE(stored);
  CHECK(stored->manifest == example());
  CHECK(stored->sha256 == "ab");
  CHECK(canonical_json(stored->manifest) == canonical_json(example()));
  CHECK(canonical_json(example()).find("sha256") == std::string::npos);
}

TEST_CASE("manifest: text adapter and text tower are kept") {
  Manifest manifest = example();
  CHECK(canonical_json(manifest).find(R"("text_adapter":"per_class")") != std::string::npos);
  CHECK(canonical_json(manifest).find("text_tower") == std::string::npos);
  manifest.text_adapter = TextAdapter::kShared;
  CHECK(manifest.size().text_adapter == TextAdapter::kShared);
  for (const TokenizerKind kind : {TokenizerKind::kClipBpe, TokenizerKind::kBytes}) {
    manifest.text_tower = TextTowerSpec{.tokenizer = kind};
    const auto stored = parse_manifest(stored_json(manifest, "ab"));
    REQUIRE(stored);
    CHECK(stored->manifest == manifest);
  }
}

TEST_CASE("manifest: how large a segment may be is kept, absent, or two rising numbers") {
  Manifest manifest = example();
  CHECK(canonical_json(manifest).find("volume_ml") == std::string::npos);
  manifest.classes[1].volume_ml = VolumeRange{.least = 2.5, .most = 400};
  const auto stored = parse_manifest(stored_json(manifest, "ab"));
  REQUIRE(stored);
  CHECK(stored->manifest == manifest);
  for (const json& wrong : {json{3, 2}, json{-1, 2}, json{1, 1e9}, json{1}, json("much")}) {
    const Error error = error_after([&](json& o) { o["classes"][2]["volume_ml"] = wrong; });
    CHECK(error.code == ErrorCode::kInvalidInput);
    CHECK_MESSAGE(error.message.find("volume_ml") != std::string::npos, error.message);
  }
}

TEST_CASE("manifest: fusion, pooling and side are the paper's unless said otherwise, and kept") {
  Manifest manifest = example();
  const std::string paper = canonical_json(manifest);
  for (const auto* field :
       {R"("fusion":"attention")", R"("pooling":"adapter")", R"("side":"network")"}) {
    CAPTURE(field);
    CHECK(paper.find(field) != std::string::npos);
  }
  manifest.fusion = Fusion::kConcatenation;
  manifest.pooling = Pooling::kAverage;
  manifest.side = SideSource::kAnatomy;
  CHECK(manifest.size().fusion == Fusion::kConcatenation);
  CHECK(manifest.size().pooling == Pooling::kAverage);
  const auto stored = parse_manifest(stored_json(manifest, "ab"));
  REQUIRE(stored);
  CHECK(stored->manifest == manifest);
  CHECK_FALSE(stored->manifest == example());
}

TEST_CASE("manifest: another bundle format says what to do") {
  for (const int format : {1, 2, 4}) {
    const Error error = error_after([format](json& j) { j["format"] = format; });
    CAPTURE(error.message);
    CHECK(error.code == ErrorCode::kUnsupported);
    CHECK(error.message.find("has format " + std::to_string(format) +
                             " and this program reads format 3") != std::string::npos);
    CHECK(error.message.find("make the bundle again") != std::string::npos);
  }
}

TEST_CASE("manifest: every fault is named") {
  struct Case {
    std::string fault;
    std::function<void(json&)> change;
  };
  const std::vector<Case> cases{
      {"no bundle format", [](json& j) { j.erase("format"); }},
      {"another architecture", [](json& j) { j["architecture"] = "unet"; }},
      {"has no 'name'", [](json& j) { j.erase("name"); }},
      {"name must have 1..64", [](json& j) { j["name"] = std::string(65, 'x'); }},
      {"'trained' that is neither", [](json& j) { j["trained"] = 1; }},
      {"'base_width' that is not a whole number", [](json& j) { j["base_width"] = 8.5; }},
      {"'base_width' that is not a whole number",
       [](json& j) { j["base_width"] = std::numeric_limits<std::uint64_t>::max(); }},
      {"base_width must be", [](json& j) { j["base_width"] = 1'000'000; }},
      {"has no 'text_adapter'", [](json& j) { j.erase("text_adapter"); }},
      {"text_adapter 'none' instead of per_class or shared",
       [](json& j) { j["text_adapter"] = "none"; }},
      {"has no 'fusion'", [](json& j) { j.erase("fusion"); }},
      {"fusion 'sum' instead of attention or concatenation", [](json& j) { j["fusion"] = "sum"; }},
      {"has no 'pooling'", [](json& j) { j.erase("pooling"); }},
      {"pooling 'max' instead of adapter or average", [](json& j) { j["pooling"] = "max"; }},
      {"has no 'side'", [](json& j) { j.erase("side"); }},
      {"side 'left' instead of network or anatomy", [](json& j) { j["side"] = "left"; }},
      {"text_tower is not a JSON object", [](json& j) { j["text_tower"] = "bytes"; }},
      {"text_tower has no 'tokenizer'", [](json& j) { j["text_tower"] = json::object(); }},
      {"text_tower has the tokenizer 'words' instead of clip_bpe or bytes",
       [](json& j) {
         j["text_tower"] = {{"tokenizer", "words"}};
       }},
      {"text_tower has the unknown field 'width'",
       [](json& j) {
         j["text_tower"] = {{"tokenizer", "bytes"}, {"width", 512}};
       }},
      {"prompt of 2049 bytes", [](json& j) { j["classes"][0]["prompt"] = std::string(2049, 'x'); }},
      {"window must be a multiple of 8", [](json& j) { j["window"] = 90; }},
      {"window must be a multiple of 8", [](json& j) { j["window"] = 8; }},
      {"'spacing_mm' that is not a list of 3",
       [](json& j) {
         j["spacing_mm"] = {1, 2};
       }},
      {"spacing_mm must be",
       [](json& j) {
         j["spacing_mm"] = {1, 1, 0};
       }},
      {"hu_range must be",
       [](json& j) {
         j["hu_range"] = {300, -700};
       }},
      {"threshold must be", [](json& j) { j["threshold"] = 1.0; }},
      {"overlap must be", [](json& j) { j["overlap"] = 1.0; }},
      {"classes must be", [](json& j) { j["classes"] = json::array(); }},
      {"class 2 has no 'label'", [](json& j) { j["classes"][1].erase("label"); }},
      {"class 1, type has no 'value'", [](json& j) { j["classes"][0]["type"].erase("value"); }},
      {"class 1 has an 'rgb'",
       [](json& j) {
         j["classes"][0]["rgb"] = {1, 2, 256};
       }},
      {"has an empty code", [](json& j) { j["classes"][0]["type"]["scheme"] = ""; }},
      {"provenance that is not all strings", [](json& j) { j["provenance"]["n"] = 3; }},
      {"unknown field 'sides'", [](json& j) { j["sides"] = "left"; }},
      {"unknown field 'extra'", [](json& j) { j["classes"][3]["extra"] = 1; }},
      {"class 1 is not a JSON object", [](json& j) { j["classes"] = {1}; }},
  };
  for (const auto& [fault, change] : cases) {
    CAPTURE(fault);
    const Error error = error_after(change);
    CAPTURE(error.message);
    CHECK(error.message.find(fault) != std::string::npos);
  }
  CHECK_FALSE(parse_manifest("nonsense"));
}
