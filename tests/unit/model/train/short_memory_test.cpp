// c10 has a macro CHECK of its own, hence the long names.
#define DOCTEST_CONFIG_NO_SHORT_MACRO_NAMES
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "model/train/trainer.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

/// Memory of tensors with a limit, in the place of LibTorch's CPU allocator. A limit on the whole
/// process will not do: oneDNN crashes when there is no memory for its generated code.
class LimitedAllocator : public c10::Allocator {
 public:
  // LibTorch 1.13 declares the first, 2.x the second and the copy, hence no `override`.
  c10::DataPtr allocate(std::size_t bytes) const { return take(bytes); }
  c10::DataPtr allocate(std::size_t bytes) { return take(bytes); }
  void copy_data(void* to, const void* from, std::size_t bytes) const {
    std::memcpy(to, from, bytes);
  }
  [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override { return &release; }

  inline static std::size_t limit = std::numeric_limits<std::size_t>::max();
  inline static std::atomic<std::size_t> held = 0;
  inline static std::atomic<std::size_t> peak = 0;

 private:
  static constexpr std::size_t kAlignment = 64;  ///< LibTorch's; a header of that size is before
                                                 ///< the data

  static c10::DataPtr take(std::size_t bytes) {
    TORCH_CHECK(held + bytes <= limit, "not enough memory: you tried to allocate ", bytes);
    const std::size_t padded = (bytes + 2 * kAlignment - 1) / kAlignment * kAlignment;
    auto* header = static_cast<char*>(std::aligned_alloc(kAlignment, padded + kAlignment));
    TORCH_CHECK(header != nullptr, "not enough memory");
    std::memcpy(header, &bytes, sizeof(bytes));
    held += bytes;
    peak = std::max(peak.load(), held.load());
    void* data = header + kAlignment;
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
  static void release(void* data) {
    if (data == nullptr) return;
    auto* header = static_cast<char*>(data) - kAlignment;
    std::size_t bytes = 0;
    std::memcpy(&bytes, header, sizeof(bytes));
    held -= bytes;
    std::free(header);  // NOLINT: from aligned_alloc
  }
};

/// Puts the allocator in place, for as long as the process lives: tensors may outlive any test.
void limit_tensors() {
  static LimitedAllocator allocator;
  static const bool done = [] {
    c10::SetCPUAllocator(&allocator, /*priority=*/255);
    return true;
  }();
  static_cast<void>(done);
}

struct Outcome {
  Result<TrainSummary> summary = Error{};
  std::vector<std::string> notices;
  double loss = 0;
  std::size_t peak = 0;  ///< bytes of tensors beyond what was there before
};

constexpr int kBatch = 4;

/// One step with so many bytes for tensors, 0: any number.
Outcome train_within(std::size_t bytes, Activations activations = Activations::kKept) {
  const test::TempDir dir;
  auto start = fresh_network({.width = 2, .window = 32, .seed = 1, .text_from = nullptr});
  DOCTEST_REQUIRE(start);
  Recipe recipe;
  recipe.steps = 1;
  recipe.batch = kBatch;
  RunOptions run;
  run.out = dir / "run";
  run.device = "cpu";
  run.threads = 1;
  run.memory.activations = activations;
  limit_tensors();
  const std::size_t before = LimitedAllocator::held;
  LimitedAllocator::peak = before;
  LimitedAllocator::limit = bytes == 0 ? std::numeric_limits<std::size_t>::max() : before + bytes;
  Outcome outcome;
  outcome.summary = run_training(
      *start, {.train = test::VolumeList::tubes(1, 32), .validation = nullptr}, recipe, run,
      {.progress =
           [&](const TrainProgress& progress) {
             outcome.loss = progress.loss;
             if (progress.notice) outcome.notices.push_back(*progress.notice);
           },
       .stop = {}});
  LimitedAllocator::limit = std::numeric_limits<std::size_t>::max();
  outcome.peak = LimitedAllocator::peak - before;
  return outcome;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

DOCTEST_TEST_CASE(
    "trainer: short memory is answered by recomputing, then by fewer windows at once") {
  const Outcome plenty = train_within(0);
  DOCTEST_REQUIRE(plenty.summary);
  DOCTEST_CHECK(plenty.notices.empty());

  const std::size_t enough = train_within(0, Activations::kRecomputed).peak;
  DOCTEST_REQUIRE(enough < plenty.peak);
  const Outcome recomputed = train_within((enough + plenty.peak) / 2);
  DOCTEST_REQUIRE(recomputed.summary);
  DOCTEST_REQUIRE(recomputed.notices.size() == 1);
  DOCTEST_CHECK(contains(recomputed.notices[0], "4 windows at once and recomputed activations"));

  const Outcome in_parts = train_within(enough * 3 / 5);
  DOCTEST_REQUIRE(in_parts.summary);
  DOCTEST_REQUIRE(in_parts.notices.size() >= 2);
  DOCTEST_CHECK(in_parts.summary->step == 1);
  DOCTEST_CHECK(in_parts.loss == doctest::Approx(plenty.loss).epsilon(1e-5));
  DOCTEST_MESSAGE("bytes of tensors: kept ", plenty.peak, ", recomputed ", recomputed.peak,
                  ", in parts ", in_parts.peak);
}

DOCTEST_TEST_CASE("trainer: when not even one window fits, the error says what to do") {
  const std::size_t plenty = train_within(0).peak;
  const Outcome outcome = train_within(plenty / 4);
  DOCTEST_REQUIRE_FALSE(outcome.summary);
  DOCTEST_CHECK(outcome.summary.error().code == ErrorCode::kNoSpace);
  DOCTEST_CHECK(contains(outcome.summary.error().message, "smaller width or window"));
}
