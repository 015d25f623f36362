#include "scp/query_scu.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/scp/asked_series.h"
#include "tests/integration/scp/raw_peer.h"
#include "tests/integration/scp/server_fixture.h"
#include "tests/support/orthanc.h"
#include "tests/support/qr_pacs.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

Peer archive(const char* title, std::uint16_t port, QueryMode query) {
  return {.name = "pacs", .ae_title = ae(title), .host = "127.0.0.1", .port = port, .query = query};
}

/// Inventory, and then what is missing by C-GET and by C-MOVE.
void check_pacs(const char* title, std::uint16_t port, ServerFixture& node) {
  Peer peer = archive(title, port, QueryMode::kGet);
  scp::QueryScu scu(quick_options(), *node.spool);

  for (const auto mode : {QueryMode::kGet, QueryMode::kMove}) {
    peer.query = mode;
    const auto usable = scp::check_query(peer, quick_options());
    CHECK_MESSAGE(usable.has_value(), (usable ? "" : usable.error().message));
  }
  const auto inventory = scu.inventory(peer, kSeries, {});
  REQUIRE_MESSAGE(inventory, inventory.error().message);
  CHECK(std::set(inventory->listed.begin(), inventory->listed.end()).size() == kInstances);
  CHECK(inventory->stated.value_or(kInstances) == kInstances);
  const auto nothing = scu.inventory(peer, {kSeries.study, *SeriesUid::parse("1.2.3.4.99")}, {});
  REQUIRE_MESSAGE(nothing, nothing.error().message);
  CHECK(nothing->listed.empty());

  peer.query = QueryMode::kGet;
  const auto got = scu.retrieve(peer, kSeries, sops(2, 68), node.sink, 30s, {});
  REQUIRE_MESSAGE(got, got.error().message);
  check_all_stored(node, 2, 68);
  CHECK(node.sink.instances().front().calling_ae == title);
  CHECK(node.sink.closed() == 1);

  peer.query = QueryMode::kMove;
  const auto moved = scu.retrieve(peer, kSeries, sops(69, 70), node.sink, 30s, {});
  REQUIRE_MESSAGE(moved, moved.error().message);
  CHECK(node.sink.wait_closed(2));
  check_all_stored(node, 2, 70);
}

// What a scripted peer answers. Our first request on an association has message ID 1.
constexpr std::uint16_t kFindResponse = 0x8020;
constexpr std::uint16_t kGetResponse = 0x8010;
constexpr std::uint16_t kPending = 0xFF00;

void accept(RawPeer& peer) { peer.send(associate_accept(peer.receive_pdu())); }
void receive_request(RawPeer& peer) {
  peer.receive_pdu();  // the command, and the identifier
  peer.receive_pdu();
}
void respond(RawPeer& peer, std::uint16_t field, std::uint16_t message, std::uint16_t status) {
  peer.send(data_pdu(1, kLastCommand, response(field, message, status, DataSet::kNone)));
}
void respond(RawPeer& peer, std::uint16_t message, const std::string& identifier) {
  peer.send(
      data_pdu(1, kLastCommand, response(kFindResponse, message, kPending, DataSet::kFollows)));
  peer.send(data_pdu(1, kLastData, identifier));
}
/// The part of a C-FIND dialogue before the names: no stated number.
void answer_series_level(RawPeer& peer) {
  accept(peer);
  receive_request(peer);
  respond(peer, kFindResponse, 1, 0x0000);
  receive_request(peer);
}
std::string match(const std::string& series, const std::string& sop_uid,
                  const std::string& sop_class = kCt) {
  return explicit_element(0x00080016, "UI", sop_class) +
         explicit_element(0x00080018, "UI", sop_uid) + explicit_element(0x0020000E, "UI", series);
}
std::string image(const std::string& series, const std::string& sop_uid) {
  return explicit_element(0x00080016, "UI", kCt) + explicit_element(0x00080018, "UI", sop_uid) +
         explicit_element(0x0020000D, "UI", "1.2.3.4") + explicit_element(0x0020000E, "UI", series);
}
/// Sends an image within a C-GET and returns the status that it is answered with. Context 3 is the
/// first of the storage contexts.
int store_within_get(RawPeer& peer, const std::string& sop_uid, const std::string& data_set) {
  peer.send(data_pdu(3, kLastCommand, command(0x0001, kCt, sop_uid, DataSet::kFollows)));
  peer.send(data_pdu(3, kLastData, data_set));
  return status_in(peer.receive_pdu());
}
Peer scripted(const RawPacs& pacs, QueryMode query = QueryMode::kGet) {
  return archive("PACS", pacs.port(), query);
}

}  // namespace

TEST_CASE("query scu: Orthanc is asked, and sends by C-GET and C-MOVE") {
  const std::uint16_t port = free_port();
  const Orthanc pacs({{"HILUM", port}});
  AskingNode node(port, Orthanc::kAeTitle);
  fill(Orthanc::kAeTitle, pacs.dicom_port());
  check_pacs(Orthanc::kAeTitle, pacs.dicom_port(), node);
}

TEST_CASE("query scu: dcmqrscp is asked, and sends by C-GET and C-MOVE") {
  const std::uint16_t port = free_port();
  const QrPacs pacs("HILUM", port);
  AskingNode node(port, QrPacs::kAeTitle);
  fill(QrPacs::kAeTitle, pacs.port());
  check_pacs(QrPacs::kAeTitle, pacs.port(), node);
}

TEST_CASE("query scu: says what to enter at a PACS that does not know us as a destination") {
  ServerFixture node;
  const QrPacs pacs("ANOTHER", free_port());
  fill(QrPacs::kAeTitle, pacs.port());
  scp::QueryScu scu(quick_options(), *node.spool);
  const auto moved = scu.retrieve(archive(QrPacs::kAeTitle, pacs.port(), QueryMode::kMove), kSeries,
                                  sops(1, 2), node.sink, 30s, {});
  REQUIRE_FALSE(moved);
  CHECK(moved.error().code == ErrorCode::kUnsupported);
  CHECK(moved.error().message.find("does not know HILUM as a destination") != std::string::npos);
}

TEST_CASE("query scu: a peer without Query/Retrieve is told apart from one that is away") {
  ServerFixture node;
  auto options = ServerFixture::default_options();
  options.peers = {{"hilum", ae("HILUM"), "127.0.0.1", 0, true}};
  ServerFixture only_stores(options);
  scp::QueryScu scu(quick_options(), *node.spool);
  Peer peer = archive("HILUM", only_stores.server->port(), QueryMode::kGet);
  const auto without = scu.inventory(peer, kSeries, {});
  REQUIRE_FALSE(without);
  CHECK(without.error().code == ErrorCode::kUnsupported);
  CHECK(without.error().message.find("enable Query/Retrieve") != std::string::npos);
  CHECK_FALSE(scp::check_query(peer, quick_options()));
  peer.port = free_port();
  CHECK(scu.inventory(peer, kSeries, {}).error().code == ErrorCode::kUnavailable);
}

TEST_CASE("query scu: names of other series and of other things than images do not count") {
  const RawPacs pacs([](RawPeer& peer) {
    accept(peer);
    receive_request(peer);
    peer.send(data_pdu(1, kLastCommand, response(kFindResponse, 1, kPending, DataSet::kFollows)));
    peer.send(data_pdu(1, kLastData, explicit_element(0x00201209, "IS", "4")));
    respond(peer, kFindResponse, 1, 0x0000);
    receive_request(peer);
    respond(peer, 2, match("1.2.3.4.5", sop(1)));
    respond(peer, 2, match("9.9", sop(2)));
    respond(peer, 2, match("1.2.3.4.5", sop(3), "1.2.840.10008.5.1.4.1.1.7"));
    respond(peer, 2, match("1.2.3.4.5", sop(1)));
    respond(peer, kFindResponse, 2, 0x0000);
    peer.receive_pdu();
  });
  ServerFixture node;
  const auto inventory =
      scp::QueryScu(quick_options(), *node.spool).inventory(scripted(pacs), kSeries, {});
  REQUIRE_MESSAGE(inventory, inventory.error().message);
  CHECK(inventory->listed == sops(1, 1));
  CHECK(inventory->stated == 3);
}

TEST_CASE("query scu: a peer that hangs is given up, and a stopping node does not wait for it") {
  const RawPacs pacs([](RawPeer& peer) {
    accept(peer);
    peer.closed_within(30s);
  });
  ServerFixture node;
  auto options = quick_options();
  const auto begin = std::chrono::steady_clock::now();
  SUBCASE("silence") {
    scp::QueryScu scu(options, *node.spool);
    CHECK(scu.inventory(scripted(pacs), kSeries, {}).error().code == ErrorCode::kUnavailable);
    CHECK(std::chrono::steady_clock::now() - begin < 20s);
  }
  SUBCASE("stop") {
    options.scu.response_timeout = 60s;
    scp::QueryScu scu(options, *node.spool);
    std::stop_source stop;
    std::thread stopping([&] {
      std::this_thread::sleep_for(300ms);
      stop.request_stop();
    });
    const auto stopped = scu.inventory(scripted(pacs), kSeries, stop.get_token());
    stopping.join();
    CHECK(stopped.error().code == ErrorCode::kCancelled);
    CHECK(std::chrono::steady_clock::now() - begin < 20s);
  }
}

TEST_CASE("query scu: answers without end or measure end the association") {
  std::function<void(RawPeer&)> script;
  SUBCASE("an identifier without end") {
    script = [](RawPeer& peer) {
      answer_series_level(peer);
      peer.send(data_pdu(1, kLastCommand, response(kFindResponse, 2, kPending, DataSet::kFollows)));
      const std::string piece = data_pdu(1, kDataFragment, std::string(10'000, 'x'));
      for (int i = 0; i < 20; ++i) peer.send(piece);
    };
  }
  SUBCASE("a length that is not there") {
    script = [](RawPeer& peer) {
      answer_series_level(peer);
      respond(peer, 2,
              std::string("\x08\0\x18\0UI\xFF\xFF"
                          "1.2",
                          11));
    };
  }
  SUBCASE("a name that is none") {
    script = [](RawPeer& peer) {
      answer_series_level(peer);
      respond(peer, 2, match("1.2.3.4.5", "../../etc"));
    };
  }
  SUBCASE("more names than any series has") {
    script = [](RawPeer& peer) {
      answer_series_level(peer);
      std::string many;
      for (int i = 0; i < 100; ++i) {
        many += data_pdu(1, kLastCommand, response(kFindResponse, 2, kPending, DataSet::kNone));
      }
      for (int i = 0; i < 300; ++i) peer.send(many);
    };
  }
  SUBCASE("an answer to another question") {
    script = [](RawPeer& peer) {
      answer_series_level(peer);
      respond(peer, kFindResponse, 7, 0x0000);
    };
  }
  SUBCASE("a failure") {
    script = [](RawPeer& peer) {
      answer_series_level(peer);
      respond(peer, kFindResponse, 2, 0xC001);
    };
  }
  const RawPacs pacs([&](RawPeer& peer) {
    script(peer);
    peer.closed_within(10s);
  });
  ServerFixture node;
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(scp::QueryScu(quick_options(), *node.spool).inventory(scripted(pacs), kSeries, {}));
  CHECK(std::chrono::steady_clock::now() - begin < 20s);
}

TEST_CASE("query scu: of a C-GET only what was asked for is stored, and of that series") {
  std::vector<int> statuses;
  const RawPacs pacs([&](RawPeer& peer) {
    accept(peer);
    receive_request(peer);
    statuses.push_back(store_within_get(peer, sop(1), image("1.2.3.4.5", sop(1))));
    statuses.push_back(store_within_get(peer, sop(9), image("1.2.3.4.5", sop(9))));
    statuses.push_back(store_within_get(peer, sop(2), image("1.2.3.4.6", sop(2))));
    respond(peer, kGetResponse, 1, 0xB000);
    peer.receive_pdu();
  });
  ServerFixture node;
  const auto got = scp::QueryScu(quick_options(), *node.spool)
                       .retrieve(scripted(pacs), kSeries, sops(1, 2), node.sink, 10s, {});
  CHECK_FALSE(got);
  CHECK(node.sink.closed() == 1);
  REQUIRE(node.sink.instances().size() == 1);
  CHECK(node.sink.instances().front().sop.str() == sop(1));
  CHECK(statuses == std::vector{0x0000, 0xA900, 0xA900});
  CHECK(std::filesystem::is_empty(node.spool->root() / "parts"));
}

TEST_CASE("query scu: a peer that dies in the middle of a C-GET leaves what had come") {
  const RawPacs pacs([&](RawPeer& peer) {
    accept(peer);
    receive_request(peer);
    store_within_get(peer, sop(1), image("1.2.3.4.5", sop(1)));
    peer.send(data_pdu(3, kLastCommand, command(0x0001, kCt, sop(2), DataSet::kFollows)));
    peer.send(data_pdu(3, kDataFragment, "half an im"));
  });
  ServerFixture node;
  const auto got = scp::QueryScu(quick_options(), *node.spool)
                       .retrieve(scripted(pacs), kSeries, sops(1, 2), node.sink, 10s, {});
  REQUIRE_FALSE(got);
  CHECK(got.error().code == ErrorCode::kUnavailable);
  CHECK(node.sink.instances().size() == 1);
  CHECK(node.sink.closed() == 1);
  CHECK(std::filesystem::is_empty(node.spool->root() / "parts"));
}

TEST_CASE("query scu: a C-GET that never ends is ended") {
  const RawPacs pacs([&](RawPeer& peer) {
    accept(peer);
    receive_request(peer);
    std::string many;
    for (int i = 0; i < 1000; ++i) {
      many += data_pdu(1, kLastCommand, response(kGetResponse, 1, kPending, DataSet::kNone));
    }
    peer.send(many);
    peer.closed_within(10s);
  });
  ServerFixture node;
  const auto got = scp::QueryScu(quick_options(), *node.spool)
                       .retrieve(scripted(pacs), kSeries, sops(1, 2), node.sink, 10s, {});
  REQUIRE_FALSE(got);
  CHECK(got.error().message.find("messages for") != std::string::npos);
}
