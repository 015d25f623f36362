#include "scp/disk_room.h"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

using namespace hilum;
using namespace hilum::scp;
using namespace std::chrono_literals;

namespace {

using Level = DiskRoom::Level;

/// A disk and a clock that do what the test says; `low` is 1000 bytes.
struct Disk {
  std::uint64_t free = 10'000;
  DiskRoom::Clock::time_point now{};
  int looks = 0;
  bool broken = false;
  DiskRoom room{"/spool", 1000,
                DiskRoom::Probe{.free_bytes = [this]() -> Result<std::uint64_t> {
                                  ++looks;
                                  if (broken) return Error{ErrorCode::kInternal, "no such disk"};
                                  return free;
                                },
                                .now = [this] { return now; }}};

  /// What is free at the next look, which is due.
  void set_free(std::uint64_t bytes) {
    free = bytes;
    now += DiskRoom::kLookEvery;
  }
  Level level() { return *room.level(); }
};

/// Everything logged during its life.
class CapturedLog {
 public:
  CapturedLog() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "captured", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  [[nodiscard]] int count(const std::string& word) const {
    const std::string text = text_.str();
    int found = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
    return found;
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

}  // namespace

TEST_CASE("disk room: pauses below the mark and goes on a quarter above it, without flapping") {
  Disk disk;
  const CapturedLog log;
  CHECK(disk.level() == Level::kPlenty);
  disk.set_free(1249);
  CHECK(disk.level() == Level::kScarce);
  CHECK(disk.room.admit());
  disk.set_free(999);
  CHECK(disk.level() == Level::kLow);
  for (const std::uint64_t between : {1000U, 1249U, 999U, 1100U}) {
    disk.set_free(between);
    CHECK(disk.level() == Level::kLow);
    const auto refused = disk.room.admit();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kNoSpace);
    CHECK(refused.error().message.find("storage.min_free_gib") != std::string::npos);
  }
  disk.set_free(1250);
  CHECK(disk.level() == Level::kPlenty);
  CHECK(disk.room.admit());
  CHECK(log.count("event=reception_paused") == 1);
  CHECK(log.count("event=reception_resumed") == 1);
}

TEST_CASE("disk room: what is under way may use half of the reserve, all associations together") {
  Disk disk;
  disk.set_free(1000);
  CHECK(disk.room.charge(400));
  CHECK(disk.level() == Level::kLow);  // nothing new is begun ...
  CHECK(disk.room.charge(100));        // ... but these may go on, down to 500
  const auto refused = disk.room.charge(1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNoSpace);
  CHECK_FALSE(disk.room.charge(~std::uint64_t{0}));
}

TEST_CASE("disk room: the file system is asked once in a while, not for every piece") {
  Disk disk;
  for (int piece = 0; piece < 1000; ++piece) {
    CHECK(disk.room.charge(1));
    CHECK(disk.room.admit());
  }
  CHECK(disk.looks == 1);
  disk.now += DiskRoom::kLookEvery;
  CHECK(disk.room.admit());
  CHECK(disk.looks == 2);
}

TEST_CASE("disk room: many writers at once are counted exactly") {
  Disk disk;
  disk.set_free(1500);  // 1000 above the floor
  std::atomic<int> allowed{0};
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 8; ++i) {
      writers.emplace_back([&] {
        for (int piece = 0; piece < 300; ++piece) {
          if (disk.room.charge(1)) ++allowed;
        }
      });
    }
  }
  CHECK(allowed == 1000);
}

TEST_CASE("disk room: without a mark nothing is refused and nobody is asked") {
  int looks = 0;
  DiskRoom room("/spool", 0, {.free_bytes = [&looks]() -> Result<std::uint64_t> {
                  ++looks;
                  return std::uint64_t{0};
                }});
  CHECK(room.admit());
  CHECK(room.charge(1 << 30));
  CHECK(*room.level() == Level::kPlenty);
  CHECK(looks == 0);
}

TEST_CASE("disk room: a mark beyond all disks does not overflow") {
  DiskRoom room("/spool", ~std::uint64_t{0},
                {.free_bytes = []() -> Result<std::uint64_t> { return std::uint64_t{1} << 50; }});
  CHECK(*room.level() == Level::kLow);
}

TEST_CASE("disk room: a file system that does not answer is an error, and asked again") {
  Disk disk;
  disk.broken = true;
  CHECK(disk.room.admit().error().code == ErrorCode::kInternal);
  CHECK(disk.room.charge(1).error().code == ErrorCode::kInternal);
  disk.broken = false;
  CHECK(disk.room.admit());
}
