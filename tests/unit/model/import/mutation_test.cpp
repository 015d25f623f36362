#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/import/pickle.h"
#include "model/import/state_dict.h"
#include "model/splitmix.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/import/pickle_writer.h"

using namespace hilum;
using namespace hilum::model;

namespace {

/// Random numbers that are the same in every run.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t end) {
    return static_cast<std::size_t>(splitmix64(state_ += kSplitMixStep) % end);
  }

 private:
  std::uint64_t state_;
};

/// One to eight changes: a flipped bit, another byte, a piece doubled, a piece removed.
std::string mutated(std::string bytes, Dice& dice) {
  const std::size_t changes = 1 + dice.below(8);
  for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t at = dice.below(bytes.size());
    const std::size_t length = dice.below(16);
    switch (dice.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << dice.below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(dice.below(256));
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, length));
        break;
      default:
        bytes.erase(at, length);
    }
  }
  return bytes;
}

std::string sample_pickle() {
  test::PickleWriter writer(4);
  writer.op('}').text("net").ordered_dict().op('q').byte(1).text("a");
  append_tensor(writer, {.key = "0"}).op('s').text("b");
  append_tensor(writer, {.key = "0", .offset = 1, .shape = {2, 2}, .strides = {3, 1}}).op('s');
  writer.op('}').text("_metadata").op('N').op('s').op('b').op('s');
  return writer.text("epoch").op('K').byte(3).op('s').stop();
}

std::string sample_file(const std::string& pickle) {
  return test::ZipWriter::make(
      {{.name = "archive/data.pkl", .content = pickle},
       {.name = "archive/data/0", .content = test::bytes_of<float>({0, 1, 2, 3, 4, 5})}});
}

}  // namespace

TEST_CASE("mutation: a changed pickle gives a document or an error") {
  const std::string whole = sample_pickle();
  REQUIRE(parse_pickle(whole));
  Dice dice(1);
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto document = parse_pickle(mutated(whole, dice));
    (document ? accepted : refused) += 1;
    if (!document) CHECK_FALSE(document.error().message.empty());
  }
  CHECK(refused > 10'000);  // most changes matter
  CHECK(accepted > 100);    // and the reader is reached behind the first byte
}

TEST_CASE("mutation: a changed file gives tensors inside their shapes or an error") {
  const test::TempDir dir;
  Dice dice(2);
  int read = 0;
  int refused = 0;
  for (int i = 0; i < 4'000; ++i) {
    // Half of them with a good archive around a bad pickle, so that tensors are read too.
    const bool whole = i % 2 == 0;
    test::write_file(dir / "w.pth", whole ? mutated(sample_file(sample_pickle()), dice)
                                          : sample_file(mutated(sample_pickle(), dice)));
    auto dict = open_checkpoint(dir / "w.pth");
    if (!dict) {
      ++refused;
      continue;
    }
    for (const auto& [name, info] : (*dict)->tensors()) {
      const auto values = (*dict)->floats(name);
      if (!values) continue;
      std::size_t count = 1;
      for (const std::int64_t n : info.shape) count *= static_cast<std::size_t>(n);
      CHECK(values->size() == count);
      ++read;
    }
  }
  CHECK(refused > 1'000);
  CHECK(read > 100);
}
