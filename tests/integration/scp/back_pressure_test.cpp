// A disk that is nearly full, as senders see it: DCMTK's tools against the real server, whose disk
// says what the test wants.
#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/raw_peer.h"
#include "tests/integration/scp/server_fixture.h"

using namespace hilum;
using namespace hilum::test;

namespace {

constexpr std::uint64_t kMark = 1'000'000;
constexpr const char* kCt = UID_CTImageStorage;
constexpr std::uint16_t kStoreRequest = 0x0001;
constexpr std::uint16_t kEchoRequest = 0x0030;

std::uint64_t bytes_below(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    const auto size = it->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

/// A disk of which the test says how large it is; what the server writes takes from that.
struct Disk {
  std::atomic<std::uint64_t> total{100 * kMark};
  ServerFixture node{
      ServerFixture::default_options(),
      {.root = {}, .keep_free_bytes = kMark, .free_bytes = [this]() -> Result<std::uint64_t> {
         const auto used = bytes_below(node.dir / "spool");
         return total > used ? total - used : 0;
       }}};

  /// Until the server must have looked.
  void set_free(std::uint64_t bytes) {
    total = bytes + bytes_below(node.dir / "spool");
    std::this_thread::sleep_for(2 * scp::DiskRoom::kLookEvery);
  }
  std::string ct(const std::string& sop, int size = 16) {
    const std::string file = node.dir / sop;
    write_ct(file, {.sop = sop, .size = size});
    return file;
  }
  int send(const std::string& file, std::string* output = nullptr) {
    return run(node.storescu({"-v"}, {file}), output);
  }
};

}  // namespace

TEST_CASE("back-pressure: new associations are told to come back later, C-ECHO is answered") {
  Disk disk;
  const auto file = disk.ct("1.2.9.1");
  disk.set_free(kMark - 1);
  std::string output;
  CHECK(disk.send(file, &output) != 0);
  CHECK_MESSAGE(output.find("Temporary Congestion") != std::string::npos, output);
  CHECK_MESSAGE(output.find("Rejected Transient") != std::string::npos, output);
  CHECK(run({"echoscu", "-aet", "SENDER", "-aec", "HILUM", "127.0.0.1", disk.node.port()}) == 0);
  // A stranger is told what is wrong with it, not what is wrong here.
  CHECK(run({"storescu", "-aet", "STRANGER", "-aec", "HILUM", "127.0.0.1", disk.node.port(), file},
            &output) != 0);
  CHECK(output.find("Calling AE Title Not Recognized") != std::string::npos);
  CHECK(disk.node.sink.instances().empty());

  disk.set_free(kMark + kMark / 4);
  CHECK(disk.send(file) == 0);
  CHECK(disk.node.sink.instances().size() == 1);
}

TEST_CASE("back-pressure: on an open association stores get A700, echoes an answer") {
  Disk disk;
  RawPeer peer(disk.node.server->port());
  peer.send(associate_request("SENDER", "HILUM", kCt));
  REQUIRE(peer.receive_pdu().front() == '\x02');
  disk.set_free(kMark - 1);
  const auto store = [&](const std::string& sop) {
    peer.send(data_pdu(1, kLastCommand, command(kStoreRequest, kCt, sop, DataSet::kFollows)));
    peer.send(data_pdu(1, kLastData, std::string(1000, 'x')));
    return status_in(peer.receive_pdu());
  };
  CHECK(store("1.2.9.1") == 0xA700);
  CHECK(store("1.2.9.2") == 0xA700);
  peer.send(data_pdu(1, kLastCommand, command(kEchoRequest, kCt, "", DataSet::kNone)));
  CHECK(status_in(peer.receive_pdu()) == 0);
  disk.set_free(2 * kMark);
  CHECK(store("1.2.9.3") == 0xC000);  // taken, and found to be no data set
  CHECK(std::filesystem::is_empty(disk.node.spool->root() / "parts"));
}

TEST_CASE("back-pressure: large objects under way do not run the disk full together") {
  Disk disk;
  disk.set_free(kMark);  // which leaves half of it to what is under way
  std::vector<std::unique_ptr<Process>> senders;
  for (int i = 0; i < 4; ++i) {
    // 2 MB each, so that none of them fits.
    senders.push_back(std::make_unique<Process>(
        disk.node.storescu({"-v"}, {disk.ct("1.2.9." + std::to_string(i), 1024)})));
  }
  int refused = 0;
  for (auto& sender : senders) {
    (void)sender->wait();
    const auto output = sender->output();
    if (output.find("OutOfResources") != std::string::npos ||
        output.find("Temporary Congestion") != std::string::npos) {
      ++refused;
    }
  }
  CHECK(refused == 4);
  CHECK(disk.node.sink.instances().empty());
  CHECK(std::filesystem::is_empty(disk.node.spool->root() / "parts"));
}
