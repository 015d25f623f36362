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

TEST_CASE("dicom server: an aborted association leaves what was acknowledged and no part file") {
  ServerFixture node;
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  run(node.storescu({"--abort"}, {file}));
  CHECK(node.sink.wait_closed(1));
  CHECK(node.sink.instances().size() == 1);
  CHECK(std::filesystem::is_empty(node.spool->root() / "parts"));
  CHECK(echo_works(node));
}

TEST_CASE("dicom server: a peer that drops in the middle of a data set leaves nothing") {
  ServerFixture node;
  {
    RawSender peer(node);
    peer.send(data_pdu(1, kLastCommand, command(kStoreRequest, kCt, "1.2.3", DataSet::kFollows)));
    peer.send(data_pdu(1, kDataFragment, std::string(1000, 'x')));
  }
  CHECK(node.sink.wait_closed(1));
  CHECK(node.sink.instances().empty());
  CHECK(std::filesystem::is_empty(node.spool->root() / "parts"));
}

TEST_CASE("dicom server: survives garbage and absurd lengths") {
  ServerFixture node;
  for (const std::string& bytes :
       {std::string(1000, '\xFF'), std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("\x01\x00\xFF\xFF\xFF\xFF\x00\x01", 8),
        std::string("\x04\x00\x7F\xFF\xFF\xFF", 6), std::string("\x01\x00\x00\x00\x00\x04zzzz", 10),
        associate_request("SENDER", "HILUM", kCt).substr(0, 100)}) {
    RawPeer peer(node.server->port());
    peer.send(bytes);
    CHECK(peer.closed_within(8s));
  }
  CHECK(echo_works(node));
}

TEST_CASE("dicom server: a malformed request gets an A-ABORT, pipelined bytes are not lost") {
  ServerFixture node;
  RawPeer peer(node.server->port());
  auto request = associate_request("SENDER", "HILUM", kCt);
  request[request.find("1.2.840.10008.1.2.1") - 1] = '\x7F';  // the length of the transfer syntax
  peer.send(request);
  const auto abort = peer.receive_pdu();
  CHECK(abort == std::string("\x07\0\0\0\0\x04\0\0\x02\x06", 10));
  CHECK(peer.closed_within(2s));

  RawPeer eager(node.server->port());
  constexpr const char* kVerification = "1.2.840.10008.1.1";
  constexpr std::uint16_t kEcho = 0x0030;
  eager.send(associate_request("SENDER", "HILUM", kVerification) +
             data_pdu(1, kLastCommand, command(kEcho, kVerification, "", DataSet::kNone)));
  CHECK(eager.receive_pdu().substr(0, 1) == "\x02");
  CHECK(status_in(eager.receive_pdu()) == 0);
}

TEST_CASE("dicom server: a request longer than any real one is cut off") {
  ServerFixture node;
  RawPeer peer(node.server->port());
  peer.send(std::string("\x01\x00\xFF\xFF\xFF\x00", 6));
  for (int i = 0; i < 20; ++i) peer.send(std::string(100'000, 'A'));
  CHECK(peer.closed_within(2s));
}

TEST_CASE("dicom server: a command that never ends is cut off") {
  ServerFixture node;
  RawSender peer(node);
  const std::string fragment =
      std::string("\x00\x00\x00\x20\x00\x20\x00\x00", 8) + std::string(8192, 'c');
  for (int i = 0; i < 200; ++i) peer.send(data_pdu(1, 1, fragment));
  CHECK(peer.closed_within(3s));
  CHECK(echo_works(node));
}

TEST_CASE("dicom server: absurd lengths within a command are not believed") {
  ServerFixture node;
  RawSender peer(node);
  const std::string claim(
      "\0\0\x02\0\x02\0\0\xFF"
      "1.2.3",
      13);
  peer.send(data_pdu(1, kLastCommand, claim));
  CHECK(peer.receive_pdu().substr(0, 1) == "\x07");  // A-ABORT
  // 64 KB instead of a UID cannot be answered by name, but the association goes on.
  RawSender other(node);
  const auto status = other.store(std::string(65'000, '1'), "data");
  CHECK(status != 0);
  CHECK(status != -1);
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  CHECK(other.store("1.2.3.4.5.1", data_set_bytes(file)) == 0);
}

TEST_CASE("dicom server: fragments of another kind or context end the association") {
  for (const auto& wrong : {data_pdu(3, kLastData, "xx"), data_pdu(1, kLastCommand, "xx")}) {
    ServerFixture node;
    RawSender peer(node);
    peer.send(data_pdu(1, kLastCommand, command(kStoreRequest, kCt, "1.2.3", DataSet::kFollows)));
    peer.send(wrong);
    CHECK(peer.receive_pdu().substr(0, 1) == "\x07");  // A-ABORT
    CHECK(node.sink.instances().empty());
  }
}

TEST_CASE("dicom server: an unknown command is answered and the association goes on") {
  ServerFixture node;
  RawSender peer(node);
  constexpr std::uint16_t kFindRequest = 0x0020;
  constexpr std::uint16_t kNoSuchRequest = 0x0777;
  for (const auto field : {kFindRequest, kNoSuchRequest}) {
    peer.send(data_pdu(1, kLastCommand, command(field, kCt, "", DataSet::kFollows)));
    peer.send(data_pdu(1, kLastData, "data"));
    CHECK(status_in(peer.receive_pdu()) == 0x0211);
  }
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  CHECK(peer.store("1.2.3.4.5.1", data_set_bytes(file)) == 0);
}

TEST_CASE("dicom server: bad instances get their status and the association goes on") {
  ServerFixture node;
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  const auto data_set = data_set_bytes(file);
  RawSender peer(node);
  CHECK(peer.store("1.2.3.4.5.2", data_set) == 0xA900);          // another instance than announced
  CHECK(peer.store("1.2.3.4.5.1", "not a data set") == 0xC000);  // cannot be parsed
  CHECK(peer.store("../../etc/passwd", data_set) == 0xC000);     // no UID
  CHECK(peer.store("=2.3.4", data_set) == 0xC000);               // the name of one, to DCMTK
  CHECK(peer.store("1.2.3.4.5.1", data_set.substr(0, 60)) == 0xC000);  // cut off before the UIDs
  CHECK(peer.store("1.2.3.4.5.1", data_set.substr(0, data_set.size() - 7)) == 0xC000);  // in pixels
  CHECK(peer.store("1.2.3.4.5.1", std::string(64'000, '1')) == 0xC000);
  CHECK(peer.store(std::string(64'000, '1'), data_set) == 0xC000);
  CHECK(peer.store("1.2.3.4.5.1", data_set) == 0);
  CHECK(node.sink.instances().size() == 1);
  CHECK(node.server->statistics().stores_failed == 0);  // counted when the association closes
}

TEST_CASE("dicom server: sequences 10 000 deep and deflated bombs are refused, the node lives on") {
  ServerFixture node(ServerFixture::default_options(), {.root = {}, .max_data_set_bytes = 1 << 20});
  // Each level is a sequence (0008,0006) with an item, both without length.
  using namespace std::string_literals;
  std::string deep;
  for (int i = 0; i < 10'000; ++i) {
    deep += "\x08\0\x06\0SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF"s;
  }
  {
    RawSender peer(node);
    CHECK(peer.store("1.2.3.4.5.1", deep) == 0xC000);
  }
  const std::string bomb = node.dir / "bomb.dcm";
  write_ct(bomb, {.syntax = EXS_DeflatedLittleEndianExplicit});
  DcmFileFormat format;
  REQUIRE(format.loadFile(bomb.c_str()).good());
  const std::vector<Uint16> zeros(25'000'000);
  format.getDataset()->putAndInsertUint16Array(DcmTag(DCM_RedPaletteColorLookupTableData, EVR_OW),
                                               zeros.data(), zeros.size());
  REQUIRE(format.saveFile(bomb.c_str(), EXS_DeflatedLittleEndianExplicit).good());
  std::string output;
  run(node.storescu({"-v", "-xd"}, {bomb}), &output);
  CHECK_MESSAGE(output.find("CannotUnderstand") != std::string::npos, output);
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  RawSender peer(node);
  CHECK(peer.store("1.2.3.4.5.1", data_set_bytes(file)) == 0);
  CHECK(node.sink.instances().size() == 1);
  CHECK(std::filesystem::is_empty(node.spool->root() / "parts"));
}

TEST_CASE("dicom server: a full disk is answered A700 and the association goes on") {
  ServerFixture node(ServerFixture::default_options(), {.root = {}, .max_data_set_bytes = 3000});
  const std::string large = node.dir / "large.dcm";
  const std::string small = node.dir / "small.dcm";
  write_ct(large, {.sop = "1.2.3.4.5.1", .size = 256});
  write_ct(small, {.sop = "1.2.3.4.5.2", .size = 16});
  std::string output;
  run(node.storescu({"-v", "--no-halt"}, {large, small}), &output);
  CHECK_MESSAGE(output.find("OutOfResources") != std::string::npos, output);
  REQUIRE(node.sink.instances().size() == 1);
  CHECK(node.sink.instances().front().sop.str() == "1.2.3.4.5.2");
  CHECK(std::filesystem::is_empty(node.spool->root() / "parts"));
}

TEST_CASE("dicom server: a write that the system refuses half-way is answered A700") {
  ServerFixture node;
  const std::string large = node.dir / "large.dcm";
  write_ct(large, {.size = 256});
  // The file size limit makes write() fail with EFBIG after a short write, like a full disk.
  const auto previous_handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit previous{};
  ::getrlimit(RLIMIT_FSIZE, &previous);
  const rlimit tight{20'000, previous.rlim_max};
  RawSender peer(node);
  const auto data_set = data_set_bytes(large);
  ::setrlimit(RLIMIT_FSIZE, &tight);
  peer.send(
      data_pdu(1, kLastCommand, command(kStoreRequest, kCt, "1.2.3.4.5.1", DataSet::kFollows)));
  constexpr std::size_t kFragment = 10'000;
  for (std::size_t at = 0; at < data_set.size(); at += kFragment) {
    const bool last = at + kFragment >= data_set.size();
    peer.send(data_pdu(1, last ? kLastData : kDataFragment, data_set.substr(at, kFragment)));
  }
  const auto answer = peer.receive_pdu();
  ::setrlimit(RLIMIT_FSIZE, &previous);
  ::signal(SIGXFSZ, previous_handler);
  CHECK(status_in(answer) == 0xA700);
  CHECK(peer.store("1.2.3.4.5.1", data_set.substr(0, 10)) == 0xC000);  // still talking
  CHECK(std::filesystem::is_empty(node.spool->root() / "parts"));
}
