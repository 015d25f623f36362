// A disk that really gets full: the node on a small tmpfs in a mount namespace of its own.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/eventually.h"
#include "tests/support/marker_node.h"
#include "tests/support/small_instances.h"
#include "tests/support/storescu_output.h"

using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kInstanceBytes = kMiB / 2;

/// What runs a shell command with a mount namespace of its own, up to the command itself; nothing
/// when that is not allowed here.
std::optional<std::vector<std::string>> mounting_shell() {
  const TempDir probe;
  const auto mount = fmt::format("mount -t tmpfs tmpfs {}", probe.path().string());
  for (const char* options : {"-rm", "-m"}) {
    std::vector<std::string> shell{"unshare", options, "sh", "-c"};
    auto argv = shell;
    argv.push_back(mount);
    if (Process(std::move(argv)).wait(10s) == 0) return shell;
  }
  return std::nullopt;
}

/// A node whose storage is a tmpfs of `size_mib`. Its files are seen through /proc.
struct NodeOnSmallDisk {
  NodeOnSmallDisk(int size_mib, const std::string& storage_keys, std::vector<std::string> shell)
      : node(dir / "storage", storage_keys) {
    fs::create_directories(dir / "storage");
    node.start(std::move(shell), fmt::format("mount -t tmpfs -o size={}m tmpfs {}", size_mib,
                                             (dir / "storage").string()));
    storage = fmt::format("/proc/{}/root{}", node.pid(), (dir / "storage").string());
  }
  void fill(std::size_t bytes) const { write_file(storage / "filler", std::string(bytes, 'x')); }
  void make_room() const { fs::remove(storage / "filler"); }
  /// Sends over one association; the files that were answered with success.
  std::vector<fs::path> send(const std::vector<fs::path>& files, std::string* output = nullptr) {
    std::vector<std::string> names;
    for (const auto& file : files) names.push_back(file.string());
    Process sender(node.storescu(names));
    (void)sender.wait(120s);
    if (output != nullptr) *output = sender.output();
    return acknowledged(sender.output());
  }
  /// The same, where the disk gives out on the way and says so.
  std::vector<fs::path> send_until_full(const std::vector<fs::path>& files) {
    std::string output;
    auto accepted = send(files, &output);
    INFO(node.log());
    CHECK(accepted.size() > 10);
    CHECK(accepted.size() < files.size());
    CHECK_MESSAGE(output.find("OutOfResources") != std::string::npos, output);
    return accepted;
  }
  bool echo() const {
    return Process({"echoscu", "-aet", MarkerNode::kSender, "-aec", MarkerNode::kAeTitle,
                    "127.0.0.1", fmt::to_string(node.port())})
               .wait(30s) == 0;
  }
  /// Everything that was answered with success is on disk and, soon, in the database.
  void check_has(const std::vector<fs::path>& accepted) const {
    const auto wanted = of_files(accepted);
    const auto missing = lost(wanted, on_disk(storage));
    CHECK_MESSAGE(missing.empty(), fmt::format("lost: {}", fmt::join(missing, " ")));
    CHECK(eventually([&] { return lost(wanted, rows()).empty(); }));
    CHECK(fs::is_empty(storage / "spool/parts"));
  }

  /// Of a copy of the database: SQLite follows links to the name that the file has in the node's
  /// mount namespace. A copy made while the node writes may be none; it is asked for again.
  [[nodiscard]] Digests rows() const {
    const TempDir copy;
    for (const char* name : {"hilum.db", "hilum.db-wal"}) {
      if (fs::exists(storage / name)) fs::copy_file(storage / name, copy / name);
    }
    try {
      return in_database(copy.path());
    } catch (const std::runtime_error&) {
      return {};
    }
  }

  TempDir dir;
  MarkerNode node;
  fs::path storage;
};

int count(const std::string& text, const std::string& word) {
  int found = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("disk full: reception pauses at the mark and goes on by itself when there is room") {
  const auto shell = mounting_shell();
  if (!shell) {
    MESSAGE("skipped: no tmpfs can be mounted here, neither in a user namespace nor as root");
    return;
  }
  // 64 MiB, of which 32 are taken and 20.48 are to be kept free.
  NodeOnSmallDisk disk(64, "min_free_gib = 0.02", *shell);
  disk.fill(32 * kMiB);
  const SmallInstances all(disk.dir / "sent", 40, kInstanceBytes);
  auto accepted = disk.send_until_full(all.files);
  disk.check_has(accepted);

  std::string output;
  CHECK(disk.send(all.files, &output).empty());
  CHECK_MESSAGE(output.find("Temporary Congestion") != std::string::npos, output);
  CHECK(disk.echo());
  CHECK(fs::space(disk.storage).available >= 10 * kMiB);  // half of the reserve

  disk.make_room();
  std::this_thread::sleep_for(200ms);  // it looks ten times a second
  CHECK(disk.echo());
  accepted = disk.send(all.files);
  CHECK(accepted.size() == all.files.size());
  disk.check_has(accepted);
  CHECK(count(disk.node.log(), "event=reception_paused") == 1);
  CHECK(count(disk.node.log(), "event=reception_resumed") == 1);
  // One line for the association whose stores were refused, not one for each of them.
  CHECK(count(disk.node.log(), "event=store_failed") == 1);
}

TEST_CASE(
    "disk full: without a mark the disk gives out in the midst of an object, nothing is lost") {
  const auto shell = mounting_shell();
  if (!shell) {
    MESSAGE("skipped: no tmpfs can be mounted here, neither in a user namespace nor as root");
    return;
  }
  // The database is on the same disk: it cannot record what was received last until there is room.
  NodeOnSmallDisk disk(32, "min_free_gib = 0", *shell);
  disk.fill(16 * kMiB);
  const SmallInstances all(disk.dir / "sent", 60, kInstanceBytes);
  auto accepted = disk.send_until_full(all.files);
  CHECK(lost(of_files(accepted), on_disk(disk.storage)).empty());
  CHECK(disk.echo());
  // Small ones, until not a page is left for the database's log either.
  const SmallInstances small(disk.dir / "small", 500, 3000, 2);
  CHECK(disk.send(small.files).size() < small.files.size());

  disk.make_room();
  const std::vector<fs::path> twenty(all.files.begin(), all.files.begin() + 20);
  const auto again = disk.send(twenty);
  CHECK(again.size() == twenty.size());
  accepted.insert(accepted.end(), again.begin(), again.end());
  disk.check_has(accepted);
}
