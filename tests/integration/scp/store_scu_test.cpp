#include "scp/store_scu.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <vector>

#include "pipeline/domain/posix_file.h"
#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/raw_peer.h"
#include "tests/integration/scp/server_fixture.h"
#include "tests/integration/scp/storing_pacs.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

scp::StoreScu quick_scu() {
  return scp::StoreScu({.ae_title = ae("HILUM"),
                        .connect_timeout = 2s,
                        .association_timeout = 2s,
                        .response_timeout = 2s});
}

/// A host that is there but lets nobody in: a loopback port whose queue of connections is full, so
/// that the system does not answer any further ones.
class FullPort {
 public:
  FullPort() {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address_);
    socklen_t length = sizeof(address_);
    REQUIRE(::bind(listener_.get(), any, length) == 0);
    REQUIRE(::listen(listener_.get(), 0) == 0);
    REQUIRE(::getsockname(listener_.get(), any, &length) == 0);
    for (auto& caller : callers_) {
      caller = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      static_cast<void>(::connect(caller.get(), any, length));
    }
  }
  [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  sockaddr_in address_{};
  UniqueFd listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::vector<UniqueFd> callers_ = std::vector<UniqueFd>(4);
};

}  // namespace

TEST_CASE("store scu: delivers a file that arrives with the same data set") {
  StoringPacs pacs({"+B"});
  TempDir dir;
  const auto file = dir / "in.dcm";
  write_ct(file, {.size = 512});
  auto scu = quick_scu();
  const auto echoed = scu.echo(pacs.peer());
  CHECK_MESSAGE(echoed.has_value(), (echoed ? "" : echoed.error().message));
  const auto sent = scu.send(pacs.peer(), std::vector{file});
  REQUIRE_MESSAGE(sent.has_value(), (sent ? "" : sent.error().message));
  const auto arrived = std::filesystem::directory_iterator(pacs.dir.path())->path();
  CHECK(data_set_bytes(arrived) == data_set_bytes(file));
}

TEST_CASE("store scu: converts between plain transfer syntaxes when the PACS insists") {
  StoringPacs pacs({"+xi"});  // accepts Implicit VR Little Endian only
  TempDir dir;
  const auto file = dir / "in.dcm";
  write_ct(file, {});
  const auto sent = quick_scu().send(pacs.peer(), std::vector{file});
  REQUIRE_MESSAGE(sent.has_value(), (sent ? "" : sent.error().message));
}

TEST_CASE("store scu: a compressed file that the PACS does not take is unsupported") {
  StoringPacs pacs({"+xi"});
  TempDir dir;
  const auto file = dir / "in.dcm";
  write_ct(file, {.syntax = EXS_JPEG2000LosslessOnly});
  const auto sent = quick_scu().send(pacs.peer(), std::vector{file});
  REQUIRE_FALSE(sent.has_value());
  CHECK(sent.error().code == ErrorCode::kUnsupported);
}

TEST_CASE("store scu: a PACS that refuses, drops or is away is worth another try") {
  TempDir dir;
  const auto file = dir / "in.dcm";
  write_ct(file, {});
  SUBCASE("refuses the association") {
    StoringPacs pacs({"--refuse"});
    const auto sent = quick_scu().send(pacs.peer(), std::vector{file});
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == ErrorCode::kUnavailable);
    CHECK(sent.error().message.find("rejected") != std::string::npos);
    CHECK(sent.error().message.find("HILUM") != std::string::npos);
  }
  SUBCASE("aborts after the data set") {
    StoringPacs pacs({"--abort-after"});
    const auto sent = quick_scu().send(pacs.peer(), std::vector{file});
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == ErrorCode::kUnavailable);
  }
  SUBCASE("aborts during the data set") {
    StoringPacs pacs({"--abort-during"});
    const auto sent = quick_scu().send(pacs.peer(), std::vector{file});
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == ErrorCode::kUnavailable);
  }
  SUBCASE("does not answer in time") {
    StoringPacs pacs({"--sleep-during", "20"});
    const auto begin = std::chrono::steady_clock::now();
    const auto sent = quick_scu().send(pacs.peer(), std::vector{file});
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == ErrorCode::kUnavailable);
    CHECK(std::chrono::steady_clock::now() - begin < 8s);
  }
  SUBCASE("is not there") {
    const Peer away{"pacs", ae("PACS"), "127.0.0.1", free_port(), true};
    const auto sent = quick_scu().send(away, std::vector{file});
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == ErrorCode::kUnavailable);
    CHECK(sent.error().message.find("127.0.0.1:") != std::string::npos);
  }
}

TEST_CASE("store scu: a status of the peer decides whether to try again") {
  auto options = ServerFixture::default_options();
  options.peers = {{"hilum", ae("HILUM"), "127.0.0.1", 0, true}};
  TempDir dir;
  const auto file = dir / "in.dcm";
  write_ct(file, {});
  SUBCASE("out of resources: again") {
    ServerFixture full(options, {.root = {}, .max_data_set_bytes = 10});
    const Peer peer{"node", ae("HILUM"), "127.0.0.1", full.server->port(), true};
    const auto sent = quick_scu().send(peer, std::vector{file});
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == ErrorCode::kUnavailable);
    CHECK(sent.error().message.find("A700") != std::string::npos);
  }
  SUBCASE("another instance under this UID: not again") {
    ServerFixture node(options);
    const Peer peer{"node", ae("HILUM"), "127.0.0.1", node.server->port(), true};
    CHECK(quick_scu().send(peer, std::vector{file}).has_value());
    CHECK(quick_scu().send(peer, std::vector{file}).has_value());
    write_ct(file, {.seed = 9});
    const auto sent = quick_scu().send(peer, std::vector{file});
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().code == ErrorCode::kConflict);
  }
}

TEST_CASE("store scu: a host that does not answer is given up after the connect timeout") {
  const FullPort nobody;
  // Without the timeout the system would try for minutes, and CTest would end this test.
  const auto echoed = quick_scu().echo({"pacs", ae("PACS"), "127.0.0.1", nobody.port(), true});
  REQUIRE_FALSE(echoed);
  CHECK(echoed.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("store scu: tells what to configure when the PACS does not know us") {
  ServerFixture stranger;  // knows SENDER only
  const Peer peer{"node", ae("HILUM"), "127.0.0.1", stranger.server->port(), true};
  const auto echoed = quick_scu().echo(peer);
  REQUIRE_FALSE(echoed.has_value());
  CHECK(echoed.error().code == ErrorCode::kUnavailable);
  CHECK(echoed.error().message.find("registered at the PACS") != std::string::npos);
}

TEST_CASE("store scu: refuses peers that cannot be sent to and files that are none") {
  TempDir dir;
  const auto file = dir / "in.dcm";
  write_file(file, "no DICOM");
  const Peer peer{"pacs", ae("PACS"), "127.0.0.1", 104, true};
  CHECK(quick_scu().send(peer, std::vector{file}).error().code == ErrorCode::kInvalidInput);
  for (const auto& host :
       {std::string("*"), std::string("::1"), std::string(200, 'x'), std::string()}) {
    CAPTURE(host);
    CHECK(quick_scu().echo({"pacs", ae("PACS"), host, 104, true}).error().code ==
          ErrorCode::kInvalidInput);
  }
  CHECK(quick_scu().echo({"pacs", ae("PACS"), "127.0.0.1", 0, true}).error().code ==
        ErrorCode::kInvalidInput);
}
