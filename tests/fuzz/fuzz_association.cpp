// Everything that a peer sends on one connection, from its first byte to its last, through the real
// transport: negotiation, PDUs, commands, data sets, and the spool that keeps them.

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "scp/association.h"
#include "scp/dcmtk_runtime.h"

using namespace hilum;
namespace fs = std::filesystem;

namespace {

class Sink : public IntakeSink {
 public:
  void instance_stored(ReceivedInstance instance, std::uint64_t) override {
    // What was accepted lies below the spool, whatever the peer called it.
    const std::string file = instance.file.string();
    if (file.find("..") != std::string::npos || file.starts_with("/")) std::abort();
  }
  void association_closed(std::uint64_t) override {}
};

/// What was understood of a report is sound, whatever the peer said.
class Reports : public CommitmentSink {
 public:
  Status report_arrived(const CommitmentReport& report) override {
    if (report.transaction.str().empty() || report.transaction.str().size() > 64) std::abort();
    if (report.committed.size() + report.failed.size() > 4096) std::abort();
    return ok();
  }
};

/// A spool in memory, made anew now and then so that it does not fill up.
class Node {
 public:
  Node() : root_("/dev/shm/hilum-fuzz-" + std::to_string(::getpid())) { fs::remove_all(root_); }
  ~Node() {
    services_.reset();
    spool_.reset();
    fs::remove_all(root_);
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  scp::AssociationServices& services() {
    constexpr int kRunsPerSpool = 2000;
    if (runs_++ % kRunsPerSpool == 0) renew();
    return *services_;
  }

 private:
  void renew() {
    services_.reset();
    spool_.reset();
    fs::remove_all(root_);
    auto opened =
        scp::Spool::open({.root = root_, .max_data_set_bytes = 1 << 20, .keep_free_bytes = 0});
    if (!opened) std::abort();
    spool_ = std::move(*opened);
    services_ = std::unique_ptr<scp::AssociationServices>(new scp::AssociationServices{
        {.ae_title = *AeTitle::parse("HILUM"),
         .called_ae = scp::CalledAeCheck::kOff,
         .peer_check = scp::PeerCheck::kOff},
        131072,
        std::chrono::seconds(2),
        {},
        // Reports are those of peers.
        scp::PeerDirectory(std::vector<Peer>{
            {.name = "archive", .ae_title = *AeTitle::parse("ARCHIVE"), .host = "*"}}),
        scp::Places(32),
        sink_,
        *spool_,
        {},
        nullptr,
        &reports_});
  }

  fs::path root_;
  int runs_ = 0;
  Sink sink_;
  Reports reports_;
  std::unique_ptr<scp::Spool> spool_;
  std::unique_ptr<scp::AssociationServices> services_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = [] {
    spdlog::set_level(spdlog::level::off);
    return scp::init_dcmtk_runtime().has_value();
  }();
  if (!ready) std::abort();
  static Node node;
  // The whole of it fits into the kernel's buffer, so nobody has to read and write in turns.
  constexpr std::size_t kMostBytes = 100'000;
  if (size > kMostBytes) return -1;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
  if (::send(ends[0], data, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) std::abort();
  ::shutdown(ends[0], SHUT_WR);
  const auto socket = std::make_shared<scp::Socket>(
      UniqueFd(ends[1]), scp::Socket::Options{std::chrono::milliseconds(500), -1});
  scp::run_association(node.services(), socket, 1);
  ::close(ends[0]);
  return 0;
}
