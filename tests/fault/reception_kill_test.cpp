// kill -9 at random moments during reception, with a sender that notes every success status: after
// each restart everything noted is on disk and in the database, byte for byte, and nothing twice.
// HILUM_KILLS says how often (40; 200 take a few minutes).
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>

#include "tests/support/marker_node.h"
#include "tests/support/small_instances.h"
#include "tests/support/storescu_output.h"

using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

int kills_wanted() {
  constexpr int kInEveryRun = 40;
  const char* text = std::getenv("HILUM_KILLS");
  return text == nullptr ? kInEveryRun : std::max(1, std::atoi(text));
}

void wait_for_association(const Process& sender) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (sender.output().find("Association Accepted") == std::string::npos) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace

TEST_CASE("kill -9 at random moments of reception: what was answered with success is there") {
  constexpr int kPerAssociation = 50;
  const int kills = kills_wanted();
  const TempDir dir;
  const SmallInstances all(dir / "sent", kPerAssociation * kills, 3000);
  MarkerNode node(dir / "storage", "min_free_gib = 0");
  std::mt19937 random(20260101);
  // After the association was accepted: from before the first byte to its end.
  std::uniform_int_distribution<int> moment_us(0, 200'000);

  Digests noted;
  std::size_t next = 0;
  int in_the_midst = 0;
  for (int kill = 1; kill <= kills; ++kill) {
    CAPTURE(kill);
    node.start();
    // From the first one that was not acknowledged, as a PACS that tries again.
    std::vector<std::string> some;
    for (std::size_t i = next; i < std::min(all.files.size(), next + kPerAssociation); ++i) {
      some.push_back(all.files[i].string());
    }
    Process sender(node.storescu(some));
    wait_for_association(sender);
    std::this_thread::sleep_for(std::chrono::microseconds(moment_us(random)));
    node.kill();
    (void)sender.wait(60s);
    const auto accepted = acknowledged(sender.output());
    noted.merge(of_files(accepted));
    next += accepted.size();
    if (!accepted.empty() && accepted.size() < some.size()) ++in_the_midst;

    const auto missing = lost(of_files(accepted), on_disk(dir / "storage"));
    REQUIRE_MESSAGE(missing.empty(), fmt::format("lost on disk: {}", fmt::join(missing, " ")));
  }

  node.start();  // the last reconciliation
  const auto disk = on_disk(dir / "storage");
  const auto rows = in_database(dir / "storage");
  CHECK_MESSAGE(lost(noted, disk).empty(), fmt::format("{}", fmt::join(lost(noted, disk), " ")));
  CHECK(disk == rows);
  // Nothing else came to be than what was sent, and of what was not noted at most one instance for
  // each death.
  CHECK(lost(disk, of_files(all.files)).empty());
  CHECK(disk.size() <= noted.size() + static_cast<std::size_t>(kills));
  CHECK(fs::is_empty(dir / "storage/spool/parts"));
  CHECK(fs::is_empty(dir / "storage/spool/quarantine"));
  MESSAGE(kills << " kills, " << in_the_midst << " in the midst of an association, " << noted.size()
                << " instances noted");
  CHECK(in_the_midst > kills / 10);
}
