#include "model/prompt.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/sides.h"
#include "model/text_tower.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;

namespace {

constexpr UntrainedOptions kPromptable{.width = 1,
                                       .window = 16,
                                       .text_adapter = TextAdapter::kShared,
                                       .text_tower = UntrainedTower::kBytes};

ModelBundle opened(const std::filesystem::path& file) {
  auto bundle = ModelBundle::open(file);
  REQUIRE(bundle);
  return std::move(*bundle);
}

std::vector<float> embedding(const ModelBundle& bundle) {
  const auto values = bundle.tensor("organ_embedding");
  return {values.begin(), values.end()};
}

std::vector<float> embedded(const ModelBundle& bundle, const std::string& text) {
  auto weights = bundle.text_tower();
  REQUIRE(weights);
  const auto tower = TextTower::make(*std::move(weights));
  REQUIRE(tower);
  auto feature = tower->embed(text);
  REQUIRE(feature);
  return *std::move(feature);
}

std::vector<float> row(const std::vector<float>& features, int k) {
  const auto start = features.begin() + std::ptrdiff_t{512} * k;
  return {start, start + 512};
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace

TEST_CASE("prompt: one class gets another phrase and its embedding, all else stays") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a", kPromptable));
  const ModelBundle before = opened(dir / "a");
  const std::string label = before.manifest().classes[1].segment.label;
  const auto changed = reprompt({dir / "a", label, "the left lung's veins", dir / "b"});
  REQUIRE(changed);
  const ModelBundle after = opened(dir / "b");
  CHECK(opened(dir / "a").sha256() == before.sha256());
  CHECK(after.sha256() == changed->sha256);
  CHECK(after.sha256() != before.sha256());
  CHECK(after.manifest().classes[1].prompt == "the left lung's veins");
  CHECK(after.manifest().classes[0] == before.manifest().classes[0]);
  CHECK(after.manifest()
            .provenance.at("prompt of " + label)
            .find(before.manifest().classes[1].prompt) != std::string::npos);

  const auto old_features = embedding(before);
  const auto new_features = embedding(after);
  const auto expected = embedded(before, "the left lung's veins");
  CHECK(row(new_features, 1) == expected);
  for (const int k : {0, 2, 3}) CHECK(row(new_features, k) == row(old_features, k));
  for (const auto& [name, shape] : lacaf_parameters(before.manifest().size())) {
    if (name == "organ_embedding") continue;
    CHECK(std::ranges::equal(before.tensor(name), after.tensor(name)));
  }
  CHECK(embedded(after, "x") == embedded(before, "x"));

  CHECK(changed->label == label);
  CHECK(changed->old_prompt == before.manifest().classes[1].prompt);
  CHECK(changed->text_adapter == TextAdapter::kShared);
  CHECK(changed->similarity == doctest::Approx(cosine(row(old_features, 1), expected)));
  REQUIRE(changed->others.size() == 3);
  CHECK(changed->others[1].label == before.manifest().classes[2].segment.label);
  CHECK(changed->others[1].similarity == doctest::Approx(cosine(row(old_features, 2), expected)));
}

TEST_CASE("prompt: the bundle itself is replaced, and the same phrase changes no embedding") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a", kPromptable));
  const auto sha256 = reembed_prompts(dir / "a");
  REQUIRE(sha256);
  const ModelBundle before = opened(dir / "a");
  CHECK(before.sha256() == *sha256);
  CHECK(row(embedding(before), 2) == embedded(before, before.manifest().classes[2].prompt));
  const ModelClass& one = before.manifest().classes[2];
  std::string label = one.segment.label;
  std::ranges::transform(label, label.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const auto changed = reprompt({dir / "a", label, one.prompt, {}});
  REQUIRE(changed);
  CHECK(changed->label == one.segment.label);
  CHECK(changed->similarity == doctest::Approx(1.0));
  CHECK(changed->file == dir / "a");
  CHECK(embedding(opened(dir / "a")) == embedding(before));
}

TEST_CASE("prompt: what cannot be done says why and leaves the bundle alone") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a", kPromptable));
  REQUIRE(write_untrained_bundle(dir / "towerless", {.width = 1, .window = 16}));
  const std::string label = standard_classes().front().segment.label;
  const std::string content = test::read_file(dir / "a");
  struct Case {
    RepromptRequest request;
    ErrorCode code;
    std::string fault;
  };
  const std::vector<Case> cases{
      {{dir / "none", label, "x", {}}, ErrorCode::kNotFound, "none"},
      {{dir / "towerless", label, "x", {}}, ErrorCode::kNotFound, "hilum model import --clip"},
      {{dir / "a", "Aorta", "x", {}},
       ErrorCode::kNotFound,
       "no class 'Aorta'; its classes are '" + label},
      {{dir / "a", label, "", {}}, ErrorCode::kInvalidInput, "the new prompt is empty"},
      {{dir / "a", label, std::string(76, 'x'), {}}, ErrorCode::kInvalidInput, "has 78 tokens"},
      {{dir / "a", label, "\xff", {}}, ErrorCode::kInvalidInput, "not UTF-8"},
  };
  for (const auto& [request, code, fault] : cases) {
    CAPTURE(fault);
    const auto changed = reprompt(request);
    REQUIRE_FALSE(changed);
    CAPTURE(changed.error().message);
    CHECK(changed.error().code == code);
    CHECK(changed.error().message.find(fault) != std::string::npos);
  }
  CHECK(test::read_file(dir / "a") == content);
  CHECK_FALSE(reembed_prompts(dir / "towerless"));
}

TEST_CASE("prompt: another prompt in memory is what the new file would hold, one after another") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a", kPromptable));
  const auto classes = standard_classes();
  const std::string& artery = classes[0].segment.label;
  const std::string& vein = classes[1].segment.label;
  auto changed = with_prompt(opened(dir / "a"), artery, "arteries");
  REQUIRE(changed);
  changed = with_prompt(*std::move(changed), vein, "veins");
  REQUIRE(changed);
  REQUIRE(reprompt({dir / "a", artery, "arteries", dir / "b"}));
  const auto written = reprompt({dir / "b", vein, "veins", {}});
  REQUIRE(written);
  CHECK(changed->sha256() == written->sha256);
  CHECK(changed->manifest().classes == opened(dir / "b").manifest().classes);
  CHECK_FALSE(with_prompt(opened(dir / "a"), "Aorta", "aorta"));
}

TEST_CASE("prompt: a bundle with other classes in memory is the file that saving it gives") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a", kPromptable));
  auto classes = standard_classes();
  classes.resize(2);
  classes[1].prompt = "every vein of both lungs";
  classes[1].segment.label = "Pulmonary veins";
  const auto changed = with_classes(opened(dir / "a"), classes);
  REQUIRE_MESSAGE(changed, changed.error().message);
  CHECK(changed->manifest().classes == classes);
  CHECK(changed->sha256() != opened(dir / "a").sha256());
  CHECK(row(embedding(*changed), 1) == embedded(*changed, "every vein of both lungs"));
  CHECK(row(embedding(*changed), 0) == row(embedding(opened(dir / "a")), 0));
  CHECK(changed->manifest().provenance.contains("prompt of Pulmonary veins"));
  CHECK_FALSE(changed->manifest().provenance.contains("prompt of " + classes[0].segment.label));
  CHECK(changed->info().segments.size() == 2);

  const auto saved = changed->save_changed(dir / "b", changed->manifest(), {});
  REQUIRE(saved);
  CHECK(*saved == changed->sha256());
  CHECK(embedding(opened(dir / "b")) == embedding(*changed));
}

TEST_CASE("prompt: where anatomy gives the sides, words may not name another than the codes") {
  const test::TempDir dir;
  REQUIRE(write_untrained_bundle(dir / "a", kPromptable));
  Manifest manifest = opened(dir / "a").manifest();
  auto classes = standard_classes();
  classes[1].prompt = "veins of the RIGHT lung";
  CHECK(with_classes(opened(dir / "a"), classes));  // the network knows sides
  manifest.side = SideSource::kAnatomy;
  REQUIRE(opened(dir / "a").save_changed(dir / "b", manifest, {}));
  const auto wrong = with_classes(opened(dir / "b"), classes);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == ErrorCode::kInvalidInput);
  CHECK(wrong.error().message.find(
            "\"veins of the RIGHT lung\" names the right side, but the codes "
            "of class 'Left pulmonary vein' name the left side") != std::string::npos);
  CHECK(wrong.error().message.find("[[class]] side = \"right\"") != std::string::npos);
  CHECK_FALSE(reprompt({dir / "b", classes[1].segment.label, classes[1].prompt, {}}));
  CHECK(reprompt({dir / "b", classes[1].segment.label, "veins of the left lung", {}}));
  CHECK(reprompt({dir / "b", classes[1].segment.label, "veins", {}}));
  classes[1].segment.type_modifier.reset();
  classes[1].segment.region_modifier.reset();
  CHECK_FALSE(with_classes(opened(dir / "b"), classes));
  classes[1].prompt = "left and right pulmonary veins";
  CHECK(with_classes(opened(dir / "b"), classes));
}

TEST_CASE("sides: a phrase names a side by a whole word") {
  CHECK(side_named_in("A computerized tomography of a left artery") == Side::kLeft);
  CHECK(side_named_in("Right-sided veins") == Side::kRight);
  CHECK(side_named_in("vessels, right") == Side::kRight);
  CHECK(side_named_in("leftover of a bright vessel") == Side::kNone);
  CHECK(side_named_in("left and right veins") == Side::kNone);
  CHECK(side_named_in("") == Side::kNone);
}

TEST_CASE("prompt: per-class adapters keep their classes, all of them and in their order") {
  const test::TempDir dir;
  UntrainedOptions per_class = kPromptable;
  per_class.text_adapter = TextAdapter::kPerClass;
  REQUIRE(write_untrained_bundle(dir / "a", per_class));
  auto reworded = standard_classes();
  reworded[1].prompt = "veins of the left lung";
  CHECK(with_classes(opened(dir / "a"), reworded));
  auto fewer = standard_classes();
  fewer.pop_back();
  auto swapped = standard_classes();
  std::swap(swapped[0], swapped[1]);
  for (const auto& classes : {fewer, swapped}) {
    const auto refused = with_classes(opened(dir / "a"), classes);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnsupported);
    CHECK(refused.error().message.find("each of its 4 classes") != std::string::npos);
  }
}

TEST_CASE("prompt: classes that the bundle has need no text tower, other words do") {
  const test::TempDir dir;
  UntrainedOptions wordless = kPromptable;
  wordless.text_tower = UntrainedTower::kNone;
  REQUIRE(write_untrained_bundle(dir / "a", wordless));
  const auto all = standard_classes();
  std::vector<ModelClass> veins{all[3], all[1]};
  veins[0].segment.label = "Other name";
  const auto picked = with_classes(opened(dir / "a"), veins);
  REQUIRE_MESSAGE(picked, picked.error().message);
  CHECK(picked->manifest().classes == veins);
  CHECK(row(embedding(*picked), 0) == row(embedding(opened(dir / "a")), 3));
  CHECK(row(embedding(*picked), 1) == row(embedding(opened(dir / "a")), 1));

  veins[0].prompt = "veins of the right lung";
  const auto refused = with_classes(opened(dir / "a"), veins);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNotFound);
}
