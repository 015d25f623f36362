#include "scp/spool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "pipeline/domain/sha256.h"
#include "tests/unit/scp/spool_fixture.h"

using namespace hilum;
using namespace hilum::scp;
using namespace hilum::test;

TEST_CASE("spool: a committed instance lies under its UIDs and is described completely") {
  SpoolInDir s;
  const auto bytes = data_set("1.2.3.4.1");
  const auto stored = s.store("1.2.3.4.1", bytes);
  REQUIRE(stored.has_value());
  CHECK(stored->outcome == Spool::Outcome::kNew);
  const auto& instance = stored->instance;
  CHECK(instance.file == fs::path("instances/1.2.3/1.2.3.4/1.2.3.4.1.dcm"));
  CHECK(instance.series.study.str() == "1.2.3");
  CHECK(instance.series.series.str() == "1.2.3.4");
  CHECK(instance.sha256 == Sha256::hex(Sha256::of(bytes)));
  CHECK(instance.expected_in_series == 42);
  CHECK(instance.calling_ae == "SENDER");
  const auto content = read_file(s.dir.path() / instance.file);
  CHECK(content.size() == instance.size_bytes);
  CHECK(content.ends_with(bytes));
  CHECK(s.files_in("parts") == 0);
}

TEST_CASE("spool: a part that is not committed disappears") {
  SpoolInDir s;
  {
    auto part = s.spool->begin(incoming("1.2.3"));
    REQUIRE(part.has_value());
    CHECK(s.files_in("parts") == 1);
  }
  CHECK(s.files_in("parts") == 0);
}

TEST_CASE("spool: the same instance again is success, also from many threads at once") {
  SpoolInDir s;
  const auto bytes = data_set("1.2.3.4.1");
  std::atomic<int> fresh{0};
  std::atomic<int> again{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        auto part = s.spool->begin(incoming("1.2.3.4.1"));
        if (!part || !part->append(std::as_bytes(std::span(bytes)))) return;
        const auto stored = s.spool->commit(std::move(*part));
        if (stored) ++(stored->outcome == Spool::Outcome::kNew ? fresh : again);
      });
    }
  }
  CHECK(fresh == 1);
  CHECK(again == 7);
  CHECK(s.files_in("instances") == 1);
  CHECK(s.files_in("parts") == 0);
}

TEST_CASE("spool: other bytes or another transfer syntax under a stored UID is a conflict") {
  SpoolInDir s;
  REQUIRE(s.store("1.2.3.4.1", data_set("1.2.3.4.1")).has_value());
  const auto other_bytes = s.store("1.2.3.4.1", data_set("1.2.3.4.1", "other"));
  REQUIRE_FALSE(other_bytes.has_value());
  CHECK(other_bytes.error().code == ErrorCode::kConflict);
  // The same bytes declared as another syntax with the same encoding of the header.
  const auto other_syntax = s.store("1.2.3.4.1", data_set("1.2.3.4.1"), "1.2.840.10008.1.2.4.90");
  REQUIRE_FALSE(other_syntax.has_value());
  CHECK(other_syntax.error().code == ErrorCode::kConflict);
  CHECK(s.files_in("quarantine") == 2);
  CHECK(s.files_in("instances") == 1);
  CHECK(
      read_file(s.dir / "instances/1.2.3/1.2.3.4/1.2.3.4.1.dcm").ends_with(data_set("1.2.3.4.1")));
}

TEST_CASE("spool: refuses what is not the announced instance or cannot be filed") {
  SpoolInDir s;
  const auto wrong = s.store("1.2.3.4.2", data_set("1.2.3.4.1"));
  CHECK(wrong.error().code == ErrorCode::kUnsupported);
  for (const auto& bytes :
       {std::string("garbage"), std::string(), data_set("1.2.3.4.1").substr(0, 90),
        element(0x0008, 0x0016, "UI", kCt) + element(0x0008, 0x0018, "UI", "1.2.3.4.1"),
        element(0x0008, 0x0016, "UI", kCt) + element(0x0008, 0x0018, "UI", "1.2.3.4.1") +
            element(0x0020, 0x000D, "UI", "../../x") + element(0x0020, 0x000E, "UI", "1.2")}) {
    const auto bad = s.store("1.2.3.4.1", bytes);
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().code == ErrorCode::kInvalidInput);
  }
  CHECK(s.files_in("instances") == 0);
  CHECK(s.files_in("parts") == 0);
}

TEST_CASE("spool: no space is known before and while receiving") {
  SpoolInDir limited({.root = {}, .max_data_set_bytes = 10});
  auto part = limited.spool->begin(incoming("1.2.3"));
  REQUIRE(part.has_value());
  const std::string six = "123456";
  CHECK(part->append(std::as_bytes(std::span(six))).has_value());
  CHECK(part->append(std::as_bytes(std::span(six))).error().code == ErrorCode::kNoSpace);

  TempDir dir;
  auto full = Spool::open({.root = dir.path(), .keep_free_bytes = ~std::uint64_t{0}});
  REQUIRE(full.has_value());
  CHECK((*full)->begin(incoming("1.2.3")).error().code == ErrorCode::kNoSpace);
  CHECK(*(*full)->room().level() == DiskRoom::Level::kLow);
}

TEST_CASE("spool: opening removes leftover parts and keeps another process out") {
  SpoolInDir s;
  write_file(s.dir / "parts/7.part", "half");
  CHECK(Spool::open({.root = s.dir.path()}).error().code == ErrorCode::kConflict);
  CHECK(s.files_in("parts") == 1);
  s.reopen();
  CHECK(s.files_in("parts") == 0);
}

TEST_CASE("spool: a scan tells from the files alone what was stored") {
  SpoolInDir s;
  const auto first = s.store("1.2.3.4.1", data_set("1.2.3.4.1"))->instance;
  const auto second = s.store("1.2.3.4.2", data_set("1.2.3.4.2"))->instance;
  write_file(s.dir / "instances/1.2.3/1.2.3.4/9.9.dcm", "damaged");
  write_file(s.dir / "instances/1.2.3/stray.txt", "not ours");
  s.reopen();

  auto found = scan(*s.spool, kNothingKnown);
  REQUIRE(found.size() == 2);
  std::ranges::sort(found, {}, &ReceivedInstance::sop);
  for (const auto& [again, before] : {std::pair{found[0], first}, std::pair{found[1], second}}) {
    CHECK(again.sop == before.sop);
    CHECK(again.sop_class == before.sop_class);
    CHECK(again.transfer_syntax == before.transfer_syntax);
    CHECK(again.series == before.series);
    CHECK(again.calling_ae == before.calling_ae);
    CHECK(again.file == before.file);
    CHECK(again.size_bytes == before.size_bytes);
    CHECK(again.sha256 == before.sha256);
    CHECK(again.expected_in_series == before.expected_in_series);
  }
  CHECK(scan(*s.spool, [](const SeriesKey&, const SopInstanceUid& sop) {
          return sop.str() == "1.2.3.4.1";
        }).size() == 1);
}

TEST_CASE("spool: a scan stops at the first error of its caller") {
  SpoolInDir s;
  REQUIRE(s.store("1.2.3.4.1", data_set("1.2.3.4.1")).has_value());
  const auto scanned = s.spool->scan(kNothingKnown, [](ReceivedInstance) -> Status {
    return Error{ErrorCode::kUnavailable, "database"};
  });
  REQUIRE_FALSE(scanned.has_value());
  CHECK(scanned.error().code == ErrorCode::kUnavailable);
}

TEST_CASE(
    "spool: a stored file that is no instance any more is mended by the next one that comes") {
  SpoolInDir s;
  REQUIRE(s.store("1.2.3.4.1", data_set("1.2.3.4.1")).has_value());
  write_file(s.dir / "instances/1.2.3/1.2.3.4/1.2.3.4.1.dcm", "");
  CHECK(s.store("1.2.3.4.1", data_set("1.2.3.4.1"))->outcome == Spool::Outcome::kNew);
  CHECK(
      read_file(s.dir / "instances/1.2.3/1.2.3.4/1.2.3.4.1.dcm").ends_with(data_set("1.2.3.4.1")));
  CHECK(s.files_in("quarantine") == 0);
  CHECK(s.files_in("parts") == 0);
}

TEST_CASE("spool: an instance is filed also when its directory was deleted meanwhile") {
  SpoolInDir s;
  REQUIRE(s.store("1.2.3.4.1", data_set("1.2.3.4.1")).has_value());
  fs::remove_all(s.dir / "instances/1.2.3");
  CHECK(s.store("1.2.3.4.1", data_set("1.2.3.4.1"))->outcome == Spool::Outcome::kNew);
}

TEST_CASE("spool: what was asked for must be of the series that was asked for") {
  SpoolInDir s;
  const auto bytes = data_set("1.2.3.4.1");
  const auto store_as_one_of = [&](const char* series) {
    auto announced = incoming("1.2.3.4.1");
    announced.series = SeriesKey{*StudyUid::parse("1.2.3"), *SeriesUid::parse(series)};
    auto part = s.spool->begin(std::move(announced));
    REQUIRE(part.has_value());
    REQUIRE(part->append(std::as_bytes(std::span(bytes))).has_value());
    return s.spool->commit(std::move(*part));
  };
  const auto refused = store_as_one_of("1.2.3.5");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kUnsupported);
  CHECK(s.files_in("instances") == 0);
  CHECK(s.files_in("parts") == 0);
  CHECK(store_as_one_of("1.2.3.4").has_value());
}

namespace {

const VirtualNode kThin = *VirtualNode::parse("thin");

Spool::Options with_thin() { return {.root = {}, .virtual_nodes = {kThin}}; }

}  // namespace

TEST_CASE("spool: an instance at two nodes has two names and one copy of its bytes") {
  for (const bool main_first : {true, false}) {
    CAPTURE(main_first);
    SpoolInDir s(with_thin());
    const VirtualNode first = main_first ? VirtualNode() : kThin;
    const VirtualNode second = main_first ? kThin : VirtualNode();
    const auto bytes = data_set("1.2.3.4.1");
    const auto at_first = s.store("1.2.3.4.1", bytes, kExplicit, first);
    const auto at_second = s.store("1.2.3.4.1", bytes, kExplicit, second);
    REQUIRE(at_first.has_value());
    REQUIRE(at_second.has_value());
    CHECK(at_second->outcome == Spool::Outcome::kNew);
    CHECK(at_first->instance.series.node == first);
    CHECK(at_second->instance.series.node == second);
    CHECK(at_first->instance.file != at_second->instance.file);
    CHECK(fs::equivalent(s.dir.path() / at_first->instance.file,
                         s.dir.path() / at_second->instance.file));
    CHECK(s.store("1.2.3.4.1", bytes, kExplicit, second)->outcome == Spool::Outcome::kSameAgain);
    // What one node does not need any more stays for the other.
    fs::remove(s.dir.path() / at_first->instance.file);
    CHECK(read_file(s.dir.path() / at_second->instance.file).ends_with(bytes));
    CHECK(s.store("1.2.3.4.1", bytes, kExplicit, first)->outcome == Spool::Outcome::kNew);
    CHECK(fs::equivalent(s.dir.path() / at_first->instance.file,
                         s.dir.path() / at_second->instance.file));
  }
}

TEST_CASE("spool: other content under a UID that another node has is a conflict") {
  SpoolInDir s(with_thin());
  REQUIRE(s.store("1.2.3.4.1", data_set("1.2.3.4.1"), kExplicit, kThin).has_value());
  const auto other = s.store("1.2.3.4.1", data_set("1.2.3.4.1", "other"));
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == ErrorCode::kConflict);
  CHECK(s.files_in("quarantine") == 1);
  CHECK(s.files_in("instances") == 0);
}

TEST_CASE("spool: of two contents for two nodes at once one is a conflict, whoever is first") {
  SpoolInDir s(with_thin());
  std::atomic<int> stored{0};
  std::atomic<int> conflicts{0};
  constexpr int kInstances = 20;
  const auto send = [&](const VirtualNode& node, const std::string& content) {
    for (int i = 1; i <= kInstances; ++i) {
      const auto sop = "1.2.3.4." + std::to_string(i);
      auto announced = incoming(sop);
      announced.node = node;
      auto part = s.spool->begin(std::move(announced));
      const auto bytes = data_set(sop, content);
      if (!part || !part->append(std::as_bytes(std::span(bytes)))) return;
      const auto done = s.spool->commit(std::move(*part));
      if (done) ++stored;
      if (!done && done.error().code == ErrorCode::kConflict) ++conflicts;
    }
  };
  {
    const std::jthread one(send, VirtualNode(), "one");
    const std::jthread other(send, kThin, "other");
  }
  CHECK(stored == kInstances);
  CHECK(conflicts == kInstances);
}

TEST_CASE("spool: a scan tells from the files which nodes have an instance, configured or not") {
  SpoolInDir s(with_thin());
  const auto bytes = data_set("1.2.3.4.1");
  REQUIRE(s.store("1.2.3.4.1", bytes).has_value());
  REQUIRE(s.store("1.2.3.4.1", bytes, kExplicit, kThin).has_value());
  REQUIRE(s.store("1.2.3.4.2", data_set("1.2.3.4.2"), kExplicit, kThin).has_value());
  fs::create_directories(s.dir / "virtual/no name");
  s.reopen();  // without virtual nodes in its configuration
  auto found = scan(*s.spool, kNothingKnown);
  REQUIRE(found.size() == 3);
  std::vector<std::string> names;
  for (const auto& one : found) names.push_back(one.series.node.shown() + ' ' + one.sop.str());
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"main 1.2.3.4.1", "thin 1.2.3.4.1", "thin 1.2.3.4.2"});
  for (const auto& one : found) CHECK(fs::exists(s.dir.path() / one.file));
  const auto unknown = scan(
      *s.spool, [](const SeriesKey& key, const SopInstanceUid&) { return key.node.is_main(); });
  CHECK(unknown.size() == 2);
}
