#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "model/train/cached_source.h"
#include "model/train/window_loader.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

LoaderOptions loader_options() {
  return {.seed = 3,
          .batch = 3,
          .windows_per_volume = 2,
          .edge = 8,
          .augmentation = {.rotate_probability = 0.5, .mirror_probability = 0.5},
          .partners = {2, 3, 0, 1}};
}

std::vector<Batch> batches(LoaderOptions options, std::int64_t first, int count) {
  options.first_step = first;
  WindowLoader loader(test::VolumeList::tubes(4, 16), options);
  std::vector<Batch> result;
  for (int i = 0; i < count; ++i) {
    auto batch = loader.next();
    REQUIRE(batch);
    result.push_back(std::move(*batch));
  }
  return result;
}

}  // namespace

TEST_CASE("prefetch: hands out items in order, however many threads make them") {
  std::atomic<int> made = 0;
  Prefetch<int> items(
      [&](std::int64_t i) -> Result<int> {
        if (i % 3 == 0) std::this_thread::yield();
        ++made;
        return static_cast<int>(i);
      },
      {.threads = 4, .ahead = 5, .first = 7});
  for (int i = 7; i < 200; ++i) {
    const auto item = items.next();
    REQUIRE(item);
    REQUIRE(*item == i);
    REQUIRE(made <= i - 7 + 1 + 5);
  }
}

TEST_CASE("prefetch: passes errors on, also thrown ones, and stops while somebody waits") {
  Prefetch<int> failing(
      [](std::int64_t i) -> Result<int> {
        if (i == 0) return Error{ErrorCode::kNotFound, "no file"};
        if (i == 1) throw std::bad_alloc();
        throw std::runtime_error("odd");
      },
      {.threads = 2, .ahead = 3, .first = 0});
  CHECK(failing.next().error().code == ErrorCode::kNotFound);
  CHECK(failing.next().error().code == ErrorCode::kNoSpace);
  CHECK(failing.next().error().code == ErrorCode::kInternal);
  failing.stop();
  CHECK(failing.next().error().code == ErrorCode::kCancelled);
}

TEST_CASE("window_loader: every epoch visits every volume once, in another order") {
  std::vector<int> first;
  std::vector<int> second;
  for (int visit = 0; visit < 20; ++visit) {
    (visit < 10 ? first : second).push_back(volume_of_visit(1, visit, 10));
  }
  CHECK(std::set<int>(first.begin(), first.end()).size() == 10);
  CHECK(std::set<int>(second.begin(), second.end()).size() == 10);
  CHECK(first != second);
  CHECK(volume_of_visit(2, 0, 1) == 0);
}

TEST_CASE("window_loader: what a step gets depends on the step alone") {
  const auto unbroken = batches(loader_options(), 0, 9);
  for (const std::int64_t first : {1, 2, 5}) {
    CAPTURE(first);
    const auto resumed = batches(loader_options(), first, 9 - static_cast<int>(first));
    for (std::size_t i = 0; i < resumed.size(); ++i) {
      const Batch& expected = unbroken[i + static_cast<std::size_t>(first)];
      REQUIRE(resumed[i].image == expected.image);
      REQUIRE(resumed[i].label == expected.label);
      REQUIRE(resumed[i].labelled == expected.labelled);
    }
  }
  CHECK(unbroken[0].image != unbroken[1].image);
  auto other = loader_options();
  other.seed = 4;
  CHECK(batches(other, 0, 1)[0].image != unbroken[0].image);
}

TEST_CASE("window_loader: each visit serves several steps, so volumes are loaded seldom") {
  const auto source = test::VolumeList::tubes(6, 16);
  LoaderOptions options = loader_options();
  options.windows_per_volume = 5;
  {
    WindowLoader loader(source, options);
    for (int i = 0; i < 10; ++i) REQUIRE(loader.next());
  }
  // Two groups of three visits, and what is loaded ahead for the steps not taken any more.
  CHECK(source->gets() >= 6);
  CHECK(source->gets() <= 12);
}

TEST_CASE("window_loader: reports a volume that cannot be loaded") {
  class Broken : public SampleSource {
   public:
    [[nodiscard]] int labels() const override { return 4; }
    [[nodiscard]] int count() const override { return 3; }
    [[nodiscard]] Result<SamplePtr> get(int) const override {
      return Error{ErrorCode::kNotFound, "ct.nii.gz is gone"};
    }
    [[nodiscard]] std::string identity() const override { return "broken"; }
    [[nodiscard]] std::string description() const override { return "broken"; }
  };
  WindowLoader loader(std::make_shared<Broken>(), loader_options());
  const auto batch = loader.next();
  REQUIRE_FALSE(batch);
  CHECK(batch.error().message == "ct.nii.gz is gone");
}

TEST_CASE("window_loader: validation windows are the same every time") {
  Sample sample = test::tube_volume(24, 1);
  REQUIRE(finish_sample(sample, 4));
  const Batch a = validation_windows(sample, 5, 4, 8);
  const Batch b = validation_windows(sample, 5, 4, 8);
  CHECK(a.windows == 4);
  CHECK(a.image == b.image);
  CHECK(a.image != validation_windows(sample, 6, 4, 8).image);
}

TEST_CASE("cached_source: keeps what fits, drops what was used longest ago") {
  const auto inner = test::VolumeList::tubes(3, 16);
  const auto size = (*inner->get(0))->size_bytes();
  const CachedSource cache(inner, size * 5 / 2);  // two of three volumes
  const int before = inner->gets();
  const auto misses = [&](int index) {
    const int gets = inner->gets();
    REQUIRE(cache.get(index));
    return inner->gets() - gets;
  };
  CHECK(misses(0) == 1);
  CHECK(misses(1) == 1);
  CHECK(misses(0) == 0);
  CHECK(misses(2) == 1);  // drops 1
  CHECK(misses(0) == 0);
  CHECK(misses(1) == 1);
  CHECK(inner->gets() - before == 4);
}

TEST_CASE("cached_source: threads that want the same volume at once share one load") {
  const auto inner = test::VolumeList::tubes(2, 32);
  const CachedSource cache(inner, std::size_t{1} << 30);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([&] { good += cache.get(1) ? 1 : 0; });
  }
  CHECK(good == 8);
  CHECK(inner->gets() == 1);
}

TEST_CASE("cached_source: a volume larger than the limit still arrives, errors are tried again") {
  const auto inner = test::VolumeList::tubes(1, 16);
  const CachedSource cache(inner, 10);
  CHECK(cache.get(0));
  CHECK(cache.get(0));
  CHECK(inner->gets() == 2);

  class Flaky : public SampleSource {
   public:
    [[nodiscard]] int labels() const override { return 4; }
    explicit Flaky(std::shared_ptr<const SampleSource> inner) : inner_(std::move(inner)) {}
    [[nodiscard]] int count() const override { return 1; }
    [[nodiscard]] Result<SamplePtr> get(int index) const override {
      if (calls_++ == 0) return Error{ErrorCode::kUnavailable, "share is away"};
      return inner_->get(index);
    }
    [[nodiscard]] std::string identity() const override { return "flaky"; }
    [[nodiscard]] std::string description() const override { return "flaky"; }

   private:
    std::shared_ptr<const SampleSource> inner_;
    mutable int calls_ = 0;
  };
  const CachedSource flaky(std::make_shared<Flaky>(inner), 1 << 30);
  CHECK(flaky.get(0).error().code == ErrorCode::kUnavailable);
  CHECK(flaky.get(0));
}
