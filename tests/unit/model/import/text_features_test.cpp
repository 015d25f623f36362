#include "model/import/text_features.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "model/generated_weights.h"
#include "model/import/feature_choice.h"
#include "model/import/import_classes.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/import/pickle_writer.h"

using namespace hilum;
using namespace hilum::model;
using test::PickledTensorSpec;
using test::PickleWriter;

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

PickledTensorSpec features(const std::vector<std::int64_t>& shape) {
  return {.storage_elements = 4 * 512, .shape = shape, .strides = test::row_major_strides(shape)};
}

Result<std::vector<float>> read(std::string pickle, int classes = 4) {
  const test::TempDir dir;
  test::write_file(
      dir / "f.pth",
      test::ZipWriter::make(
          {{.name = "f/data.pkl", .content = std::move(pickle)},
           {.name = "f/data/0", .content = test::bytes_of(generated_text_features(4))}}));
  return read_text_features(dir / "f.pth", classes);
}

}  // namespace

TEST_CASE("text_features: a tensor, flat or with a middle dimension, or in a dict") {
  const auto expected = generated_text_features(4);
  CHECK(*read(test::tensor_pickle(features({4, 512}))) == expected);
  CHECK(*read(test::tensor_pickle(features({4, 1, 512}))) == expected);
  PickleWriter dict;
  dict.op('}').text("prompt").text("a phrase").op('s').text("embedding");
  CHECK(*read(append_tensor(dict, features({4, 512})).op('s').stop()) == expected);
}

TEST_CASE("text_features: other forms are refused with what is accepted") {
  const auto shape = read(test::tensor_pickle(features({512, 4})));
  REQUIRE_FALSE(shape);
  CHECK(contains(shape.error().message, "[512, 4] instead of [K, 512] or [K, 1, 512]"));
  const auto classes = read(test::tensor_pickle(features({4, 512})), 3);
  REQUIRE_FALSE(classes);
  CHECK(contains(classes.error().message, "of 4 classes instead of 3"));
  PickleWriter two;
  two.op('}').text("a");
  append_tensor(two, features({4, 512})).op('s').text("b");
  const auto many = read(append_tensor(two, features({4, 512})).op('s').stop());
  REQUIRE_FALSE(many);
  CHECK(contains(many.error().message, "2 tensors"));
  CHECK_FALSE(read(PickleWriter().op(']').stop()));
}

TEST_CASE("text_features: cosines are per class and do not see the length") {
  auto a = generated_text_features(2);
  auto b = a;
  for (std::size_t i = 0; i < 512; ++i) b[i] *= 3;
  for (std::size_t i = 512; i < 1024; ++i) b[i] *= -1;
  const auto both = cosines(a, b);
  REQUIRE(both.size() == 2);
  CHECK(both[0] == doctest::Approx(1).epsilon(1e-6));
  CHECK(both[1] == doctest::Approx(-1).epsilon(1e-6));
  CHECK(cosines(std::vector<float>(512), std::vector<float>(512, 1.0F)) == std::vector<double>{0});
}

TEST_CASE("feature_choice: checkpoint before file before clip, and others are compared") {
  const auto values = generated_text_features(4);
  const auto choice =
      choose_features({{FeatureSource::kClip, values}, {FeatureSource::kCheckpoint, values}}, {},
                      standard_classes());
  REQUIRE(choice);
  CHECK(choice->source == FeatureSource::kCheckpoint);
  REQUIRE(choice->others.size() == 1);
  CHECK(choice->others[0].source == FeatureSource::kClip);
  CHECK(choice->others[0].cosines[3] == doctest::Approx(1));
  CHECK_FALSE(choose_features({}, {}, standard_classes()));
}

TEST_CASE("feature_choice: sources that differ are refused unless one is asked for") {
  const auto values = generated_text_features(4);
  auto swapped = values;  // classes 0 and 1 in each other's place
  std::swap_ranges(swapped.begin(), swapped.begin() + 512, swapped.begin() + 512);
  const std::vector<FeatureCandidate> both{{FeatureSource::kCheckpoint, values},
                                           {FeatureSource::kFile, swapped}};
  const auto refused = choose_features(both, {}, standard_classes());
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().message, "Left pulmonary artery "));
  CHECK(contains(refused.error().message, "Right pulmonary vein 1.0000"));
  CHECK(contains(refused.error().message, "--embeddings-from file"));
  const auto asked = choose_features(both, FeatureSource::kFile, standard_classes());
  REQUIRE(asked);
  CHECK(asked->values == swapped);
  CHECK(asked->others[0].cosines[0] < 0.99);
  const auto absent = choose_features(both, FeatureSource::kClip, standard_classes());
  REQUIRE_FALSE(absent);
  CHECK(contains(absent.error().message, "clip"));
}

TEST_CASE("feature_choice: names of sources") {
  for (const auto source :
       {FeatureSource::kCheckpoint, FeatureSource::kFile, FeatureSource::kClip}) {
    CHECK(*parse_feature_source(to_string(source)) == source);
  }
  CHECK_FALSE(parse_feature_source("CLIP"));
}

TEST_CASE("import_classes: prompts replace the paper's by label") {
  const auto classes = import_classes(4, {{"left PULMONARY vein", "a vein"}});
  REQUIRE(classes);
  CHECK((*classes)[1].prompt == "a vein");
  CHECK((*classes)[0].prompt == standard_classes()[0].prompt);
  CHECK_FALSE(import_classes(4, {{"Aorta", "x"}}));
  CHECK(contains(import_classes(4, {{"Aorta", "x"}}).error().message, "'Left pulmonary artery'"));
  CHECK_FALSE(import_classes(4, {{"Left pulmonary vein", "x"}, {"left pulmonary vein", "y"}}));
}

TEST_CASE("import_classes: another number of classes must be named in order") {
  const auto two =
      import_classes(2, {{"Right pulmonary vein", "v"}, {"Right pulmonary artery", "a"}});
  REQUIRE(two);
  REQUIRE(two->size() == 2);
  CHECK((*two)[0].segment.label == "Right pulmonary vein");
  CHECK((*two)[1].prompt == "a");
  CHECK_FALSE(import_classes(2, {}));
  CHECK_FALSE(import_classes(5, {{"Right pulmonary vein", "v"}}));
}

TEST_CASE("import_classes: LABEL=PROMPT is split at the first sign") {
  const auto split = parse_class_prompt("A=b=c");
  REQUIRE(split);
  CHECK(split->label == "A");
  CHECK(split->prompt == "b=c");
  for (const char* bad : {"", "A", "=b", "A="}) CHECK_FALSE(parse_class_prompt(bad));
}
