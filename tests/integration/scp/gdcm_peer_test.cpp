// GDCM's gdcmscu, a network implementation that shares nothing with DCMTK, as the sender.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/server_fixture.h"

using namespace hilum;
using namespace hilum::test;

namespace {

bool gdcm_is_here() {
  if (run({"gdcmscu", "--version"}) == 0) return true;
  MESSAGE("skipped: gdcmscu is not installed (libgdcm-tools)");
  return false;
}

/// Its exit status says nothing: Debian 12's (3.0.21) ends with an exception of its own after every
/// association, whoever the peer is.
std::string gdcmscu(const ServerFixture& node, const std::string& called,
                    const std::vector<std::string>& operation,
                    const std::vector<std::string>& what = {}) {
  std::vector<std::string> argv{"gdcmscu", "--aetitle", "SENDER", "--call", called};
  argv.insert(argv.end(), operation.begin(), operation.end());
  argv.insert(argv.end(), {"127.0.0.1", node.port()});
  argv.insert(argv.end(), what.begin(), what.end());
  std::string output;
  run(argv, &output);
  return output;
}

}  // namespace

TEST_CASE("gdcmscu: C-ECHO is answered, and a wrong title told") {
  if (!gdcm_is_here()) return;
  ServerFixture node;
  const std::string answered = gdcmscu(node, "HILUM", {"--echo", "--debug"});
  CHECK_MESSAGE(node.sink.wait_closed(1), answered);
  CHECK(node.server->statistics().associations_accepted == 1);
  const std::string refused = gdcmscu(node, "OTHER", {"--echo", "--debug"});
  CHECK_MESSAGE(node.server->statistics().associations_rejected == 1, refused);
}

TEST_CASE("gdcmscu: what it sends is stored bit for bit, in its own transfer syntax") {
  if (!gdcm_is_here()) return;
  for (const auto syntax : {EXS_LittleEndianExplicit, EXS_LittleEndianImplicit, EXS_RLELossless,
                            EXS_JPEGProcess14SV1, EXS_JPEGLSLossless, EXS_JPEG2000LosslessOnly}) {
    const std::string uid = DcmXfer(syntax).getXferID();
    CAPTURE(uid);
    ServerFixture node;
    const auto file = node.dir / "in.dcm";
    write_ct(file, {.size = 256, .syntax = syntax});
    const std::string output = gdcmscu(node, "HILUM", {"--store"}, {file.string()});
    REQUIRE_MESSAGE(node.sink.wait_closed(1), output);
    REQUIRE_MESSAGE(node.sink.instances().size() == 1, output);
    const auto instance = node.sink.instances().front();
    CHECK(instance.transfer_syntax.str() == uid);
    CHECK(data_set_bytes(node.spool->root() / instance.file) == data_set_bytes(file));
  }
}

TEST_CASE("gdcmscu: a folder of images arrives, each once") {
  if (!gdcm_is_here()) return;
  ServerFixture node;
  std::filesystem::create_directories(node.dir / "ct");
  for (int i = 0; i < 20; ++i) {
    write_ct(node.dir / "ct" / std::to_string(i),
             {.sop = "1.2.9." + std::to_string(i), .size = 128, .seed = static_cast<Uint16>(i)});
  }
  const std::string output =
      gdcmscu(node, "HILUM", {"--store", "-r"}, {(node.dir / "ct").string()});
  CHECK_MESSAGE(node.sink.wait_closed(1), output);
  CHECK_MESSAGE(node.sink.instances().size() == 20, output);
}
