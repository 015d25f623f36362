// Many peers, slow peers, and the end of the node.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <thread>

#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/raw_sender.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST_CASE("dicom server: slow and silent peers hold up nobody else and are dropped") {
  auto options = ServerFixture::default_options();
  options.request_timeout = 1s;
  options.idle_timeout = 1s;
  ServerFixture node(options);
  RawPeer silent(node.server->port());
  RawPeer stalled(node.server->port());
  stalled.send("\x01");
  RawSender idle(node);
  const auto begin = steady_clock::now();
  CHECK(echo_works(node));
  CHECK(steady_clock::now() - begin < 900ms);
  CHECK(silent.closed_within(5s));
  CHECK(stalled.closed_within(5s));
  CHECK(idle.closed_within(5s));
}

TEST_CASE("dicom server: a trickling association request ends at its deadline") {
  auto options = ServerFixture::default_options();
  options.request_timeout = 1s;
  ServerFixture node(options);
  RawPeer peer(node.server->port());
  const auto request = associate_request("SENDER", "HILUM", kCt);
  const auto begin = steady_clock::now();
  bool closed = false;
  for (std::size_t i = 0; i < request.size() && !closed; ++i) {
    peer.send(request.substr(i, 1));
    closed = peer.closed_within(100ms);
  }
  CHECK(closed);
  CHECK(steady_clock::now() - begin < 4s);
}

TEST_CASE("dicom server: above the limit callers are told that it is busy") {
  auto options = ServerFixture::default_options();
  options.max_associations = 1;
  ServerFixture node(options);
  RawSender first(node);
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  std::string output;
  CHECK(run(node.storescu({}, {file}), &output) != 0);
  CHECK_MESSAGE(output.find("Local Limit Exceeded") != std::string::npos, output);
  CHECK(node.sink.instances().empty());
}

TEST_CASE("dicom server: C-ECHO is answered when everything else is full") {
  auto options = ServerFixture::default_options();
  options.max_associations = 1;
  ServerFixture node(options);
  RawSender first(node);
  CHECK(echo_works(node));
  // Whoever is not allowed to call is not allowed to then, either.
  std::string output;
  CHECK(run({"echoscu", "-aet", "STRANGER", "-aec", "HILUM", "127.0.0.1", node.port()}, &output) !=
        0);
  CHECK(output.find("Calling AE Title Not Recognized") != std::string::npos);
}

TEST_CASE("dicom server: a peer that sends a byte now and then loses its place") {
  auto options = ServerFixture::default_options();
  options.idle_timeout = 1s;
  ServerFixture node(options);
  const auto begin_store = command(kStoreRequest, kCt, "1.2.3", DataSet::kFollows);
  SUBCASE("within a data set") {
    RawSender peer(node);
    peer.send(data_pdu(1, kLastCommand, begin_store));
    bool closed = false;
    for (int i = 0; i < 60 && !closed; ++i) {
      peer.send(data_pdu(1, kDataFragment, "x"));
      closed = peer.closed_within(100ms);
    }
    CHECK(closed);
  }
  SUBCASE("within a command, a fragment at a time") {
    RawSender peer(node);
    bool closed = false;
    for (std::size_t i = 0; i < 60 && !closed; ++i) {
      peer.send(data_pdu(1, 1, begin_store.substr(i, 1)));
      closed = peer.closed_within(100ms);
    }
    CHECK(closed);
  }
  SUBCASE("within a PDU") {
    RawSender peer(node);
    peer.send(data_pdu(1, kLastCommand, begin_store));
    const auto pdu = data_pdu(1, kLastData, std::string(1000, 'x'));
    bool closed = false;
    for (std::size_t i = 0; i < 60 && !closed; ++i) {
      peer.send(pdu.substr(i, 1));
      closed = peer.closed_within(100ms);
    }
    CHECK(closed);
  }
}

TEST_CASE("dicom server: a slow peer that keeps its pace, and one that pauses, are served") {
  auto options = ServerFixture::default_options();
  options.idle_timeout = 1s;
  ServerFixture node(options);
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {.size = 256});
  const auto data_set = data_set_bytes(file);
  RawSender peer(node);
  peer.send(
      data_pdu(1, kLastCommand, command(kStoreRequest, kCt, "1.2.3.4.5.1", DataSet::kFollows)));
  constexpr std::size_t kFragment = 20'000;  // more than the pace, every 0.4 s
  for (std::size_t at = 0; at < data_set.size(); at += kFragment) {
    std::this_thread::sleep_for(400ms);
    const bool last = at + kFragment >= data_set.size();
    peer.send(data_pdu(1, last ? kLastData : kDataFragment, data_set.substr(at, kFragment)));
  }
  CHECK(status_in(peer.receive_pdu()) == 0);
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(700ms);  // between messages nothing but silence counts
    CHECK(peer.store("1.2.3.4.5.1", "x") == 0xC000);
  }
}

TEST_CASE("dicom server: a stop ends idle associations at once and accepts no more") {
  ServerFixture node;
  RawSender idle(node);
  const auto begin = steady_clock::now();
  node.server->stop();
  CHECK(steady_clock::now() - begin < 2s);
  CHECK(idle.receive_pdu().substr(0, 1) == "\x07");
  CHECK_FALSE(wait_for_port(node.server->port(), 100ms));
}

TEST_CASE("dicom server: a stop lets a running store finish") {
  ServerFixture node;
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  const auto data_set = data_set_bytes(file);
  RawSender peer(node);
  peer.send(
      data_pdu(1, kLastCommand, command(kStoreRequest, kCt, "1.2.3.4.5.1", DataSet::kFollows)));
  peer.send(data_pdu(1, kDataFragment, data_set.substr(0, 100)));
  std::this_thread::sleep_for(200ms);  // the server is inside the data set now
  std::jthread stopping([&] { node.server->stop(); });
  std::this_thread::sleep_for(200ms);
  peer.send(data_pdu(1, kLastData, data_set.substr(100)));
  CHECK(status_in(peer.receive_pdu()) == 0);
  CHECK(node.sink.instances().size() == 1);
}

TEST_CASE("dicom server: replies do not wait for the peer's delayed acknowledgement") {
  // With Nagle's algorithm on, the second segment of each reply would wait for up to 40 ms.
  ServerFixture node;
  RawSender peer(node);
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  const auto data_set = data_set_bytes(file);
  REQUIRE(peer.store("1.2.3.4.5.1", data_set) == 0);
  auto fastest = steady_clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    const auto begin = steady_clock::now();
    REQUIRE(peer.store("1.2.3.4.5.1", "x") == 0xC000);
    fastest = std::min(fastest, steady_clock::now() - begin);
  }
  CHECK(fastest < 30ms);
}
