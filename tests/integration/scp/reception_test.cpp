#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/server_fixture.h"

using namespace hilum;
using namespace hilum::test;

TEST_CASE("dicom server: answers C-ECHO of a known peer") {
  ServerFixture node;
  CHECK(run({"echoscu", "-aet", "SENDER", "-aec", "HILUM", "127.0.0.1", node.port()}) == 0);
  CHECK(node.sink.wait_closed(1));
  CHECK(node.server->statistics().associations_accepted == 1);
}

TEST_CASE("dicom server: rejects callers with the reason that tells what to change") {
  ServerFixture node;
  std::string output;
  CHECK(run({"echoscu", "-aet", "STRANGER", "-aec", "HILUM", "127.0.0.1", node.port()}, &output) !=
        0);
  CHECK(output.find("Calling AE Title Not Recognized") != std::string::npos);
  CHECK(run({"echoscu", "-aet", "SENDER", "-aec", "OTHER", "127.0.0.1", node.port()}, &output) !=
        0);
  CHECK(output.find("Called AE Title Not Recognized") != std::string::npos);
  CHECK(node.server->statistics().associations_rejected == 2);
  CHECK(node.sink.closed() == 0);
}

TEST_CASE("dicom server: both checks can be switched off") {
  auto options = ServerFixture::default_options();
  options.called_ae = scp::CalledAeCheck::kOff;
  options.peer_check = scp::PeerCheck::kOff;
  ServerFixture node(options);
  CHECK(run({"echoscu", "-aet", "STRANGER", "-aec", "OTHER", "127.0.0.1", node.port()}) == 0);
}

TEST_CASE("dicom server: stores data sets bit for bit in every kind of transfer syntax") {
  struct Kind {
    E_TransferSyntax syntax;
    const char* option;
  };
  for (const auto& [syntax, option] :
       {Kind{EXS_LittleEndianExplicit, "-xe"}, Kind{EXS_LittleEndianImplicit, "-xi"},
        Kind{EXS_BigEndianExplicit, "-xb"}, Kind{EXS_DeflatedLittleEndianExplicit, "-xd"},
        Kind{EXS_RLELossless, "-xr"}, Kind{EXS_JPEGProcess14SV1, "-xs"},
        Kind{EXS_JPEGLSLossless, "-xt"}, Kind{EXS_JPEG2000LosslessOnly, "-xv"}}) {
    CAPTURE(option);
    ServerFixture node;
    const std::string file = node.dir / "in.dcm";
    write_ct(file, {.size = 64, .syntax = syntax});
    std::string output;
    REQUIRE_MESSAGE(run(node.storescu({option}, {file}), &output) == 0, output);
    REQUIRE(node.sink.instances().size() == 1);
    const auto instance = node.sink.instances().front();
    CHECK(instance.transfer_syntax.str() == DcmXfer(syntax).getXferID());
    CHECK(instance.sop.str() == "1.2.3.4.5.1");
    CHECK(instance.calling_ae == "SENDER");
    CHECK(instance.expected_in_series == 7);
    const auto stored = node.spool->root() / instance.file;
    CHECK(std::filesystem::file_size(stored) == instance.size_bytes);
    CHECK(data_set_bytes(stored) == data_set_bytes(file));
    DcmFileFormat reread;
    CHECK(reread.loadFile(stored.c_str()).good());
  }
}

TEST_CASE("dicom server: takes any PDU size a peer works with") {
  for (const char* size : {"4096", "16384", "131072"}) {
    CAPTURE(size);
    ServerFixture node;
    const std::string file = node.dir / "in.dcm";
    write_ct(file, {.size = 512});
    CHECK(run(node.storescu({"-pdu", size, "--max-send-pdu", size}, {file})) == 0);
    REQUIRE(node.sink.instances().size() == 1);
    CHECK(data_set_bytes(node.spool->root() / node.sink.instances().front().file) ==
          data_set_bytes(file));
  }
}

TEST_CASE("dicom server: stores whatever a PACS sends along with a study") {
  ServerFixture node;
  std::vector<std::string> files;
  int number = 0;
  for (const char* sop_class :
       {UID_CTImageStorage, UID_EnhancedCTImageStorage, UID_LegacyConvertedEnhancedCTImageStorage,
        UID_XRayRadiationDoseSRStorage, UID_SecondaryCaptureImageStorage,
        UID_GrayscaleSoftcopyPresentationStateStorage, "1.2.840.10008.5.1.4.1.1.66.7"}) {
    files.push_back(node.dir / ("in" + std::to_string(number)));
    write_ct(files.back(), {.sop = "1.2.9." + std::to_string(number++), .sop_class = sop_class});
  }
  // storescu proposes unknown classes only when asked to take them from the files.
  std::string output;
  std::vector<std::string> argv{"dcmsend", "-aet",      "SENDER",   "-aec",
                                "HILUM",   "127.0.0.1", node.port()};
  argv.insert(argv.end(), files.begin(), files.end());
  CHECK_MESSAGE(run(argv, &output) == 0, output);
  CHECK(node.sink.instances().size() == files.size());
}

TEST_CASE("dicom server: serves eight associations at once") {
  ServerFixture node;
  std::vector<std::unique_ptr<Process>> senders;
  for (int sender = 0; sender < 8; ++sender) {
    std::vector<std::string> files;
    for (int slice = 0; slice < 5; ++slice) {
      const auto name = std::to_string(sender) + "." + std::to_string(slice);
      files.push_back(node.dir / name);
      write_ct(files.back(), {.series = "1.2.3.4." + std::to_string(sender),
                              .sop = "1.2.3.4.5." + name,
                              .size = 128,
                              .seed = static_cast<Uint16>(sender * 10 + slice)});
    }
    senders.push_back(std::make_unique<Process>(node.storescu({}, files)));
  }
  for (auto& sender : senders) CHECK(sender->wait() == 0);
  CHECK(node.sink.wait_closed(8));
  std::set<std::string> digests;
  for (const auto& instance : node.sink.instances()) digests.insert(instance.sha256);
  CHECK(digests.size() == 40);
}

TEST_CASE("dicom server: the same instance again is success without a second copy") {
  ServerFixture node;
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {});
  CHECK(run(node.storescu({}, {file})) == 0);
  CHECK(run(node.storescu({}, {file})) == 0);
  const auto instances = node.sink.instances();
  REQUIRE(instances.size() == 2);  // reported again: the first report may not have become a row
  CHECK(instances[0].sha256 == instances[1].sha256);
  CHECK(instances[0].file == instances[1].file);
  CHECK(std::filesystem::is_empty(node.spool->root() / "parts"));
}

TEST_CASE("dicom server: other content under a stored UID is refused and set aside") {
  ServerFixture node;
  const std::string first = node.dir / "first.dcm";
  const std::string second = node.dir / "second.dcm";
  write_ct(first, {.seed = 1});
  write_ct(second, {.seed = 2});
  CHECK(run(node.storescu({}, {first})) == 0);
  std::string output;
  run(node.storescu({"-v"}, {second}), &output);
  CHECK_MESSAGE(output.find("0x117") != std::string::npos, output);
  REQUIRE(node.sink.instances().size() == 1);
  CHECK(data_set_bytes(node.spool->root() / node.sink.instances().front().file) ==
        data_set_bytes(first));
  const auto quarantined =
      std::filesystem::directory_iterator(node.spool->root() / "quarantine")->path();
  CHECK(data_set_bytes(quarantined) == data_set_bytes(second));
}

TEST_CASE("dicom server: two senders of the same instance at once both succeed") {
  ServerFixture node;
  const std::string file = node.dir / "in.dcm";
  write_ct(file, {.size = 256});
  std::vector<std::unique_ptr<Process>> senders;
  for (int i = 0; i < 6; ++i)
    senders.push_back(std::make_unique<Process>(node.storescu({}, {file})));
  for (auto& sender : senders) CHECK(sender->wait() == 0);
  CHECK(node.sink.instances().size() == 6);
  CHECK(std::filesystem::is_empty(node.spool->root() / "quarantine"));
}
