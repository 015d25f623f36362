#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <string>

#include "model/train/checkpoint.h"
#include "model/train/curves.h"
#include "model/train/initial_weights.h"
#include "model/train/memory_plan.h"
#include "model/train/run_folder.h"
#include "model/train/schedule.h"
#include "model/train/training_log.h"
#include "model/untrained.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/model/train/volumes.h"

using namespace hilum;
using namespace hilum::model;
using namespace hilum::model::train;

namespace {

constexpr LaCafSize kSmall{.width = 2, .classes = 4, .window = 16};

CheckpointShape shape_of(const LaCafSize& size) {
  return {.parameters = lacaf_parameters(size), .classes = size.classes};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

LogRow row(std::int64_t step, double loss) {
  return {.step = step,
          .epoch = static_cast<double>(step) / 4,
          .learning_rate = 8e-4,
          .loss = loss,
          .train = {0.5, std::nullopt, 0.25, 0.75},
          .validation = ClassDice(4),
          .seconds = static_cast<double>(step),
          .waiting = 0.125};
}

const std::vector<std::string> kClasses{"left artery", "left, vein", "right artery", "r \"v\""};

Checkpoint some_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.run = "digest";
  checkpoint.state = {.step = 12,
                      .best_score = 0.1 + 0.2,
                      .best_step = 7,
                      .seconds = 1.0 / 3,
                      .row = {.steps = 2,
                              .loss = 1e-17,
                              .dice = {{1, 2, 3}, {0, 0, 0}, {4, 5, 6}, {1LL << 40, 1, 1}},
                              .seconds = 0.7,
                              .waiting_seconds = 0.1}};
  float next = 0;
  for (ParameterShape& shape : lacaf_parameters(kSmall)) {
    std::size_t count = 1;
    for (const auto n : shape.shape) count *= static_cast<std::size_t>(n);
    TrainedParameter parameter{shape, std::vector<float>(count), {}, {}};
    for (float& value : parameter.value) value = next += 0.1F;
    if (shape.name != "organ_embedding") {
      parameter.first.assign(count, next / 7);
      parameter.second.assign(count, next / 3);
    }
    checkpoint.parameters.push_back(std::move(parameter));
  }
  return checkpoint;
}

NetworkStart small_start(std::uint64_t seed = 1) {
  auto start = fresh_network({.width = 2, .window = 16, .seed = seed, .text_from = nullptr});
  REQUIRE(start);
  return std::move(*start);
}

}  // namespace

TEST_CASE("schedule: linear warm-up to the peak, then half a cosine to zero") {
  const Schedule schedule{.peak = 1, .warm_up_steps = 9, .steps = 109};
  CHECK(schedule.rate(0) == doctest::Approx(0.1));
  CHECK(schedule.rate(8) == doctest::Approx(0.9));
  CHECK(schedule.rate(9) == doctest::Approx(1));
  CHECK(schedule.rate(59) == doctest::Approx(0.5));
  CHECK(schedule.rate(84) == doctest::Approx((1 + std::cos(M_PI * 0.75)) / 2));
  CHECK(schedule.rate(109) == doctest::Approx(0));
  CHECK(Schedule{.peak = 1, .warm_up_steps = 0, .steps = 1}.rate(0) == 1);
  CHECK(default_warm_up(100000, 50) == 500);
  CHECK(default_warm_up(1000, 50) == 100);
}

TEST_CASE("memory_plan: recomputes first, then halves the windows, then gives up") {
  std::optional<MemoryPlan> plan = MemoryPlan{Activations::kKept, 4};
  plan = smaller_plan(*plan);
  CHECK(plan == MemoryPlan{Activations::kRecomputed, 4});
  plan = smaller_plan(*plan);
  CHECK(plan == MemoryPlan{Activations::kRecomputed, 2});
  plan = smaller_plan(*plan);
  CHECK(plan == MemoryPlan{Activations::kRecomputed, 1});
  CHECK_FALSE(smaller_plan(*plan));
}

TEST_CASE("initial_weights: PyTorch's bounds, norms 1 and 0, the same for the same seed") {
  const auto weights = initial_weights({.width = 8, .classes = 4, .window = 32}, 3);
  const auto again = initial_weights({.width = 8, .classes = 4, .window = 32}, 3);
  const auto other = initial_weights({.width = 8, .classes = 4, .window = 32}, 4);
  std::map<std::string, std::vector<float>> by_name;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CHECK(weights[i].values == again[i].values);
    by_name[weights[i].shape.name] = weights[i].values;
  }
  CHECK_FALSE(by_name.contains("organ_embedding"));
  CHECK(weights.size() + 1 == lacaf_parameters({.width = 8, .classes = 4, .window = 32}).size());
  CHECK(by_name["controller.weight"] != other[weights.size() - 2].values);
  const auto largest = [&](const std::string& name) {
    float most = 0;
    for (const float v : by_name.at(name)) most = std::max(most, std::abs(v));
    return most;
  };
  // 1 / sqrt(fan in): 16 channels times 27.
  const double conv = 1 / std::sqrt(16 * 27.0);
  CHECK(largest("backbone.down_tr128.ops.0.conv1.weight") <= conv);
  CHECK(largest("backbone.down_tr128.ops.0.conv1.weight") > 0.99 * conv);
  CHECK(largest("backbone.down_tr128.ops.0.conv1.bias") <= conv);
  CHECK(largest("txtAdapter.0.D_fc1.weight") ==
        doctest::Approx(1 / std::sqrt(512.0)).epsilon(0.01));
  for (const float v : by_name["backbone.up_tr64.ops.1.bn1.weight"]) CHECK(v == 1);
  for (const float v : by_name["precls_conv.0.bias"]) CHECK(v == 0);
}

namespace {

std::shared_ptr<const ModelBundle> bundle_with_text(const std::filesystem::path& file) {
  REQUIRE(write_untrained_bundle(file, {.width = 3, .seed = 9, .window = 32}));
  auto bundle = ModelBundle::open(file);
  REQUIRE(bundle);
  return std::make_shared<const ModelBundle>(std::move(*bundle));
}

}  // namespace

TEST_CASE("network_start: a fresh network takes classes and text features from a bundle") {
  const test::TempDir dir;
  const auto text_from = bundle_with_text(dir / "text");
  const auto start = fresh_network({.width = 2, .window = 16, .seed = 1, .text_from = text_from});
  REQUIRE(start);
  CHECK(start->manifest.base_width == 2);
  CHECK(start->manifest.classes == text_from->manifest().classes);
  const auto expected = text_from->tensor("organ_embedding");
  CHECK(std::ranges::equal(start->parameters.back().values, expected));
  CHECK(contains(start->manifest.provenance.at("text_embeddings"),
                 text_from->sha256().substr(0, 12)));
  const auto saved = save_network(dir / "made", *start, start->manifest, start->parameters);
  REQUIRE(saved);
  CHECK(ModelBundle::open(dir / "made"));
  CHECK_FALSE(fresh_network({.width = 2, .window = 17, .seed = 1, .text_from = nullptr}));
}

TEST_CASE("network_start: a network of another form takes text from a bundle, and can be saved") {
  const test::TempDir dir;
  const auto text_from = bundle_with_text(dir / "text");
  for (const auto& [fusion, pooling] : {std::pair{Fusion::kAttention, Pooling::kAverage},
                                        std::pair{Fusion::kConcatenation, Pooling::kAdapter}}) {
    const auto start = fresh_network({.width = 2,
                                      .window = 16,
                                      .seed = 1,
                                      .text_from = text_from,
                                      .fusion = fusion,
                                      .pooling = pooling});
    REQUIRE(start);
    const auto saved = save_network(dir / "made", *start, start->manifest, start->parameters);
    REQUIRE(saved);
    const auto made = ModelBundle::open(dir / "made");
    REQUIRE(made);
    CHECK(made->manifest().pooling == pooling);
    CHECK(made->manifest().fusion == fusion);
  }
}

TEST_CASE("training_log: rows come back as they were written, later ones are dropped on resume") {
  const test::TempDir dir;
  {
    auto log = TrainingLog::open(dir / "log.csv", kClasses, 0);
    REQUIRE(log);
    for (const int step : {10, 20, 30}) REQUIRE(log->add(row(step, 1.0 / step)));
  }
  const auto text = test::read_file(dir / "log.csv");
  CHECK(
      text.starts_with("step,epoch,learning_rate,loss,dice,left artery,\"left, vein\",right artery,"
                       "\"r \"\"v\"\"\",validation_dice,"));
  CHECK(contains(text, "\n10,2.5000,0.0008,0.1,0.5,0.5,,0.25,0.75,,,,,,10.0,0.1250\n"));
  test::write_file(dir / "log.csv", text + "40,10.0,0.000");  // killed while it wrote
  auto log = TrainingLog::open(dir / "log.csv", kClasses, 20);
  REQUIRE(log);
  REQUIRE(log->rows().size() == 2);
  CHECK(log->rows()[1].step == 20);
  CHECK(log->rows()[1].loss == doctest::Approx(0.05));
  CHECK_FALSE(log->rows()[1].train[1].has_value());
  REQUIRE(log->add(row(25, 0.04)));
  CHECK(contains(test::read_file(dir / "log.csv"), "\n20,5.0000,"));
  CHECK_FALSE(contains(test::read_file(dir / "log.csv"), "\n30,"));
}

TEST_CASE("training_log: another run's or a damaged log is refused") {
  const test::TempDir dir;
  test::write_file(dir / "other.csv", "step,loss\n1,2\n");
  CHECK_FALSE(TrainingLog::open(dir / "other.csv", kClasses, 0));
  auto log = TrainingLog::open(dir / "log.csv", kClasses, 0);
  REQUIRE(log);
  test::write_file(dir / "log.csv", test::read_file(dir / "log.csv") + "10,x\n");
  const auto damaged = TrainingLog::open(dir / "log.csv", kClasses, 100);
  REQUIRE_FALSE(damaged);
  CHECK(contains(damaged.error().message, "line 2"));
}

TEST_CASE("curves: ticks are round numbers that cover the range") {
  using Ticks = std::vector<double>;
  CHECK(tick_values(0, 1, 5) == Ticks{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
  CHECK(tick_values(0, 1000, 5) == Ticks{0, 200, 400, 600, 800, 1000});
  CHECK(tick_values(-3, 12, 5) == Ticks{0, 5, 10});
  CHECK(tick_values(2, 2, 5) == Ticks{2});
  CHECK(tick_values(0, std::nan(""), 5).size() == 1);
}

TEST_CASE("curves: the picture has every curve, its values in place, and escapes names") {
  const std::string svg = curves_svg({{"Loss <a>", "step", {{"x & y", {{0, 1}, {100, 0}}}}},
                                      {"Empty", "step", {{"none", {}}}},
                                      {"Odd", "step", {{"nan", {{0, std::nan("")}, {1, 5}}}}}});
  CHECK(contains(svg, "Loss &lt;a&gt;"));
  CHECK(contains(svg, "x &amp; y"));
  CHECK(contains(svg, "nothing yet"));
  // Left upper to right lower corner of the first panel.
  CHECK(contains(svg, "points='70.0,36.0 660.0,236.0 '"));
  CHECK_FALSE(contains(svg, "nan,"));
  CHECK_FALSE(contains(svg, ",nan"));
}

TEST_CASE("checkpoint: everything comes back to the last bit") {
  const test::TempDir dir;
  const Checkpoint written = some_checkpoint();
  REQUIRE(save_checkpoint(dir / "c", written));
  const auto read = load_checkpoint(dir / "c", shape_of(kSmall));
  REQUIRE(read);
  CHECK(read->run == written.run);
  CHECK(read->state == written.state);
  REQUIRE(read->parameters.size() == written.parameters.size());
  for (std::size_t i = 0; i < read->parameters.size(); ++i) {
    CAPTURE(written.parameters[i].shape.name);
    CHECK(read->parameters[i].value == written.parameters[i].value);
    CHECK(read->parameters[i].first == written.parameters[i].first);
    CHECK(read->parameters[i].second == written.parameters[i].second);
  }
}

TEST_CASE("checkpoint: another network's, a damaged or a foreign file is refused with its fault") {
  const test::TempDir dir;
  REQUIRE(save_checkpoint(dir / "c", some_checkpoint()));
  LaCafSize wider = kSmall;
  wider.width = 4;
  const auto other = load_checkpoint(dir / "c", shape_of(wider));
  REQUIRE_FALSE(other);
  CHECK(contains(other.error().message, "has shape"));
  CHECK(load_checkpoint(dir / "none", shape_of(kSmall)).error().code == ErrorCode::kNotFound);

  std::string bytes = test::read_file(dir / "c");
  test::write_file(dir / "cut", bytes.substr(0, bytes.size() / 2));
  CHECK_FALSE(load_checkpoint(dir / "cut", shape_of(kSmall)));
  const auto at = bytes.find("\\\"best_step\\\":7");
  REQUIRE(at != std::string::npos);
  bytes.replace(at, 15, "\\\"best_step\\\":-");
  test::write_file(dir / "state", bytes);
  CHECK_FALSE(load_checkpoint(dir / "state", shape_of(kSmall)));

  REQUIRE(write_untrained_bundle(dir / "bundle", {.width = 2, .window = 16}));
  const auto bundle = load_checkpoint(dir / "bundle", shape_of(kSmall));
  REQUIRE_FALSE(bundle);
  CHECK(contains(bundle.error().message, "not a checkpoint"));
}

TEST_CASE("run_folder: a folder with another run names what differs") {
  const test::TempDir dir;
  const RunFolder folder{.root = dir / "run"};
  const TrainData data{.train = test::VolumeList::tubes(2, 16), .validation = nullptr};
  const NetworkStart start = small_start();
  const auto config = [&](const Recipe& recipe) { return run_config(start, data, recipe, {}); };
  REQUIRE(open_run_folder(folder, config({})));
  // Without a checkpoint nothing is lost by another configuration.
  REQUIRE(open_run_folder(folder, config({.steps = 7})));
  test::write_file(folder.checkpoint(), "x");
  CHECK(open_run_folder(folder, config({.steps = 7})));
  const auto refused = open_run_folder(folder, config({.steps = 8, .learning_rate = 1e-3}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kConflict);
  CHECK(contains(refused.error().message, "steps (7, now 8)"));
  CHECK(contains(refused.error().message, "learning_rate (0.0008, now 0.001)"));
  CHECK_FALSE(contains(refused.error().message, "seed"));
  // How the run goes may change, what it starts from may not.
  RunOptions faster;
  faster.threads = 7;
  CHECK(run_config(start, data, {}, faster).digest == config({}).digest);
  CHECK(run_config(small_start(2), data, {}, {}).digest != config({}).digest);
  const TrainData more{.train = test::VolumeList::tubes(3, 16), .validation = nullptr};
  CHECK(run_config(start, more, {}, {}).digest != config({}).digest);
}

TEST_CASE("run_folder: options out of range are named") {
  const NetworkStart start = small_start();
  const auto message = [&](const Recipe& recipe, const RunOptions& run = {}) {
    const auto checked = check_options(start, recipe, run);
    return checked ? std::string() : checked.error().message;
  };
  CHECK(message({}).empty());
  CHECK(contains(message({.steps = 0}), "steps"));
  CHECK(contains(message({.batch = 0}), "batch"));
  CHECK(contains(message({.batch = 2000}), "batch"));
  CHECK(contains(message({.learning_rate = std::nan("")}), "learning rate"));
  CHECK(contains(message({.weight_decay = -1}), "weight decay"));
  CHECK(contains(message({.warm_up_steps = -1}), "warm-up"));
  CHECK(contains(message({.augmentation = {.mirror_probability = 1.5}}), "probability"));
  CHECK(contains(message({.validate_every = 0}), "at least 1"));
  CHECK(contains(message({.frozen = {"backbone.dwn"}}), "cannot freeze 'backbone.dwn'"));
  CHECK(message({.frozen = {"backbone.down"}}).empty());
  RunOptions no_loader;
  no_loader.loaders = 0;
  CHECK(contains(message({}, no_loader), "loaders"));
}
