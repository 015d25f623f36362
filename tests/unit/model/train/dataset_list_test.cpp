#include "model/train/dataset_list.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

Result<DatasetList> list_of(const test::TempDir& dir, const std::string& text) {
  test::write_file(dir / "list.csv", text);
  return read_dataset_list(dir / "list.csv");
}

std::string message_for(const std::string& text) {
  const test::TempDir dir;
  const auto list = list_of(dir, text);
  REQUIRE_FALSE(list);
  CHECK(list.error().code == ErrorCode::kInvalidInput);
  return list.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

DatasetEntry with_labelled(std::vector<std::string> names) {
  DatasetEntry entry;
  entry.labelled = std::move(names);
  return entry;
}

}  // namespace

TEST_CASE("dataset_list: reads pairs, splits, labelled classes and kind in any column order") {
  const test::TempDir dir;
  const auto list = list_of(dir,
                            "\xEF\xBB\xBF"
                            "# made by hand\n"
                            "split, labels, ct, kind, labelled\r\n"
                            "\n"
                            "train, a/labels.nii.gz, a/ct.nii.gz, synthetic, all\r\n"
                            "Validation,\"b, second.nii.gz\",/data/b.nii.gz,,Left; 4 \n"
                            ",c.nii,c_ct.nii");
  REQUIRE(list);
  REQUIRE(list->entries.size() == 3);
  const auto& [a, b, c] = std::tie(list->entries[0], list->entries[1], list->entries[2]);
  CHECK(a.ct == dir / "a/ct.nii.gz");
  CHECK(a.labels == dir / "a/labels.nii.gz");
  CHECK(a.labelled.empty());
  CHECK(a.split == Split::kTrain);
  CHECK(a.kind == "synthetic");
  CHECK(a.line == 4);
  CHECK(b.ct == "/data/b.nii.gz");
  CHECK(b.labels == dir / "b, second.nii.gz");
  CHECK(b.labelled == std::vector<std::string>{"Left", "4"});
  CHECK(b.split == Split::kValidation);
  CHECK(c.split == Split::kTrain);
  CHECK(list->of(Split::kTrain).size() == 2);
  CHECK(list->of(Split::kTest).empty());
}

TEST_CASE("dataset_list: says which line is wrong and what to do") {
  CHECK(contains(message_for("ct,labels,side\na,b,c\n"), "line 1: unknown column 'side'"));
  CHECK(contains(message_for("ct,split\n"), "no column 'labels'"));
  CHECK(contains(message_for("ct,labels,ct\n"), "'ct' appears twice"));
  CHECK(contains(message_for("ct,labels\na,b,c\n"), "line 2: 3 fields for 2 columns"));
  CHECK(contains(message_for("ct,labels\n\"a,b\n"), "double quote"));
  CHECK(contains(message_for("ct,labels\na,\n"), "'ct' or 'labels' is empty"));
  CHECK(contains(message_for("ct,labels,split\na,b,val\n"), "unknown split 'val'"));
  CHECK(contains(message_for("ct,labels,split\na,b,train\na,b,validation\n"),
                 "in split 'train' and in split 'validation'"));
  CHECK(contains(message_for("ct,labels\n# nothing\n"), "names no CT"));
  CHECK(contains(message_for(""), "names no CT"));
}

TEST_CASE("dataset_list: a missing or huge file is refused before it is read") {
  const test::TempDir dir;
  const auto missing = read_dataset_list(dir / "none.csv");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kNotFound);
  test::write_file(dir / "huge.csv", "");
  std::filesystem::resize_file(dir / "huge.csv", kMaxListBytes + 1);
  const auto huge = read_dataset_list(dir / "huge.csv");
  REQUIRE_FALSE(huge);
  CHECK(huge.error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("dataset_list: classes are named by label, number or side") {
  const auto classes = standard_classes();
  const auto mask = [&](std::vector<std::string> names) {
    auto result = labelled_classes(with_labelled(std::move(names)), classes);
    REQUIRE(result);
    return *result;
  };
  using Mask = std::vector<std::uint8_t>;
  CHECK(mask({}) == Mask{1, 1, 1, 1});
  CHECK(mask({"left"}) == Mask{1, 1, 0, 0});
  CHECK(mask({"RIGHT"}) == Mask{0, 0, 1, 1});
  CHECK(mask({"left pulmonary vein", "3"}) == Mask{0, 1, 1, 0});
  for (const char* name : {"5", "0", "2x", "aorta", "-1"}) {
    CAPTURE(name);
    const auto wrong = labelled_classes(with_labelled({name}), classes);
    REQUIRE_FALSE(wrong);
    CHECK(contains(wrong.error().message, "Left pulmonary artery"));
  }
}
