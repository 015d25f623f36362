// The command line as its users meet it: what it prints, and its exit statuses.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/hilum_program.h"
#include "tests/support/process.h"
#include "tests/support/qr_pacs.h"

using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

std::string config_text(const TempDir& dir, std::uint16_t port, const std::string& extra = "") {
  return fmt::format(
      "[node]\nbind = \"127.0.0.1\"\nport = {}\n[storage]\ndirectory = \"{}\"\n"
      "min_free_gib = 0\n[results]\ndestinations = []\n{}",
      port, (dir / "storage").string(), extra);
}

}  // namespace

TEST_CASE("command line: --help and --version answer, wrong usage is told apart") {
  CHECK(run_hilum({"--version"}).output.find("not for clinical use") != std::string::npos);
  for (const char* command : {"serve", "check", "segment", "jobs", "quarantine", "verify", "model",
                              "preview", "phantom", "convert"}) {
    CAPTURE(command);
    const Outcome help = run_hilum({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.output.find("--help") != std::string::npos);
    CHECK(run_hilum({"--help"}).output.find(command) != std::string::npos);
  }
  CHECK(run_hilum({}).status == 64);
  CHECK(run_hilum({"segmnt"}).status == 64);
  CHECK(run_hilum({"jobs", "show"}).status == 64);
}

TEST_CASE("command line: a wrong configuration is refused with file, line and key") {
  const TempDir dir;
  const auto file = dir / "hilum.toml";
  write_file(file, config_text(dir, 11112, "[series]\nquiet_perod_s = 5\n"));
  for (const char* command : {"serve", "check"}) {
    const Outcome refused = run_hilum({command, "--config", file.string()});
    CHECK(refused.status == 78);
    CHECK(refused.output.find(file.string() + ":10") != std::string::npos);
    CHECK(refused.output.find("quiet_perod_s") != std::string::npos);
    CHECK(refused.output.find("quiet_period_s") != std::string::npos);  // the nearest known key
  }
  CHECK(run_hilum({"serve", "--config", (dir / "absent.toml").string()}).status == 78);
}

TEST_CASE("command line: check reports every peer, and fails when one does not answer") {
  const TempDir dir;
  const auto file = dir / "hilum.toml";
  const std::uint16_t pacs_port = free_port();
  Process pacs({"storescp", "-aet", "PACS", fmt::to_string(pacs_port)});
  REQUIRE(wait_for_port(pacs_port));
  const std::string peers = fmt::format(
      "[[peer]]\nname = \"pacs\"\nae_title = \"PACS\"\nhost = \"127.0.0.1\"\nport = {}\n",
      pacs_port);
  const std::string bundle = (dir / "tiny.safetensors").string();
  REQUIRE(run_hilum({"model", "init", bundle, "--width", "2"}).status == 0);
  write_file(file, config_text(dir, free_port(),
                               fmt::format("{}[model]\nbundle = \"{}\"\n", peers, bundle)));
  const Outcome good = run_hilum({"check", "--config", file.string()});
  CHECK(good.status == 0);
  CHECK(good.output.find("answers C-ECHO") != std::string::npos);
  CHECK(good.output.find("UNTRAINED") != std::string::npos);

  pacs.kill(SIGKILL);
  REQUIRE(pacs.wait(5s).has_value());
  const Outcome bad = run_hilum({"check", "--config", file.string()});
  CHECK(bad.status == 1);
  CHECK(bad.output.find("FAILED") != std::string::npos);
  CHECK(bad.output.find(fmt::format("127.0.0.1:{}", pacs_port)) != std::string::npos);
}

TEST_CASE("command line: check says whether a peer can be asked for what is missing") {
  const TempDir dir;
  const std::string bundle = (dir / "tiny.safetensors").string();
  REQUIRE(run_hilum({"model", "init", bundle, "--width", "2"}).status == 0);
  const auto check = [&](const char* ae_title, std::uint16_t port, const char* query) {
    const auto file = dir / "hilum.toml";
    write_file(file, config_text(dir, free_port(),
                                 fmt::format("[[peer]]\nname = \"pacs\"\nae_title = \"{}\"\n"
                                             "host = \"127.0.0.1\"\nport = {}\nquery = \"{}\"\n"
                                             "[model]\nbundle = \"{}\"\n",
                                             ae_title, port, query, bundle)));
    return run_hilum({"check", "--config", file.string()});
  };
  const QrPacs archive("HILUM", free_port());
  for (const char* query : {"get", "move"}) {
    const Outcome good = check(QrPacs::kAeTitle, archive.port(), query);
    INFO(good.output);
    CHECK(good.status == 0);
    CHECK(good.output.find("answers C-FIND and accepts C-") != std::string::npos);
  }
  const std::uint16_t port = free_port();
  const Process only_stores({"storescp", "-aet", "PACS", fmt::to_string(port)});
  REQUIRE(wait_for_port(port));
  const Outcome bad = check("PACS", port, "get");
  CHECK(bad.status == 1);
  CHECK(bad.output.find("answers C-ECHO") != std::string::npos);
  CHECK(bad.output.find("enable Query/Retrieve for this node there") != std::string::npos);
}

TEST_CASE(
    "command line: check calls a peer through TLS, and says what is wrong with certificates") {
  const TempDir dir;
  const TestAuthority authority(dir.path(), "Clinic CA");
  const TestAuthority strange(dir.path(), "Strange CA");
  const auto ours = authority.issue("hilum", {.common_name = "hilum.example"});
  const auto theirs = authority.issue("pacs");
  const auto file = dir / "hilum.toml";
  const std::uint16_t pacs_port = free_port();
  Process pacs({"storescp", "-aet", "PACS", "+tls", theirs.key.string(),
                theirs.certificate.string(), "+cf", authority.certificate().string(),
                fmt::to_string(pacs_port)});
  REQUIRE(wait_for_port(pacs_port));
  const std::string bundle = (dir / "tiny.safetensors").string();
  REQUIRE(run_hilum({"model", "init", bundle, "--width", "2"}).status == 0);
  const auto check = [&](const CertificateFiles& certificate, const TestAuthority& believed) {
    write_file(
        file,
        config_text(dir, free_port(),
                    fmt::format("[model]\nbundle = \"{}\"\n[[peer]]\nname = \"pacs\"\n"
                                "ae_title = \"PACS\"\nhost = \"127.0.0.1\"\nport = {}\n"
                                "tls = true\n[tls]\nport = {}\ncertificate = \"{}\"\n"
                                "private_key = \"{}\"\nauthorities = \"{}\"\n",
                                bundle, pacs_port, free_port(), certificate.certificate.string(),
                                certificate.key.string(), believed.certificate().string())));
    return run_hilum({"check", "--config", file.string()});
  };
  const auto says = [](const Outcome& outcome, int status, const std::string& part) {
    CHECK(outcome.status == status);
    CHECK_MESSAGE(outcome.output.find(part) != std::string::npos, outcome.output);
  };
  const Outcome good = check(ours, authority);
  says(good, 0, "answers C-ECHO through TLS");
  says(good, 0, "certificate \"CN=hilum.example\" until 20");
  says(check(ours, strange), 1, "was signed by \"CN=Clinic CA\", which is none of tls.authorities");
  says(check(authority.issue("soon", {.valid_until_days = 10}), authority), 0, "WARNING");
  const Outcome expired = check(authority.issue("old", {.valid_until_days = -1}), authority);
  says(expired, 1, "expired on 20");
  says(expired, 1, "not called: TLS is not ready");
  const Outcome refused = run_hilum({"serve", "--config", file.string()});
  says(refused, 1, "tls.certificate");
}

TEST_CASE("command line: serve stops on SIGTERM with status 0, and a second one is kept out") {
  const TempDir dir;
  const auto file = dir / "hilum.toml";
  const std::uint16_t port = free_port();
  write_file(file, config_text(dir, port));
  Process node({HILUM_PROGRAM, "serve", "--config", file.string()});
  REQUIRE(wait_for_port(port, 30s));

  const Outcome second = run_hilum({"serve", "--config", file.string()});
  CHECK(second.status == 1);
  CHECK(second.output.find("another") != std::string::npos);
  CHECK(run_hilum({"jobs", "list", "--config", file.string()}).output.find("no jobs") !=
        std::string::npos);
  CHECK(run_hilum({"jobs", "show", "7", "--config", file.string()}).status == 1);

  node.kill(SIGTERM);
  CHECK(node.wait(30s) == 0);
}

TEST_CASE("command line: a synthetic CT goes through segment, model inspect and preview") {
  const TempDir dir;
  const std::string bundle = (dir / "tiny.safetensors").string();
  REQUIRE(run_hilum({"model", "init", bundle, "--width", "2", "--overlap", "0"}).status == 0);
  const Outcome inspected = run_hilum({"model", "inspect", bundle});
  CHECK(inspected.status == 0);
  CHECK(inspected.output.find("Left pulmonary artery") != std::string::npos);
  CHECK(inspected.output.find("NO: its segments have no meaning") != std::string::npos);

  const std::string ct = (dir / "ct").string();
  REQUIRE(run_hilum({"phantom", "--seed", "3", "--out", ct}).status == 0);
  const std::string out = (dir / "out").string();
  const Outcome segmented = run_hilum({"segment", ct, "--out", out, "--bundle", bundle});
  INFO(segmented.output);
  REQUIRE(segmented.status == 0);
  CHECK(segmented.output.find("untrained model") != std::string::npos);

  std::filesystem::path seg;  // the picture of it has its name, the report's text the report's
  std::filesystem::path report;
  std::size_t pictures = 0;
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    const auto dicom = std::filesystem::path(entry.path()).replace_extension(".dcm");
    if (entry.path().extension() == ".txt") report = dicom;
    if (entry.path().extension() != ".png") continue;
    ++pictures;
    if (std::filesystem::exists(dicom)) seg = dicom;
  }
  REQUIRE_FALSE(seg.empty());
  CHECK(std::filesystem::exists(report));
  CHECK(pictures > 10);
  const auto picture = dir / "picture.png";
  const Outcome drawn = run_hilum({"preview", ct, seg.string(), "--out", picture.string()});
  CHECK(drawn.status == 0);
  CHECK(drawn.output.find("Right pulmonary vein") != std::string::npos);
  CHECK(read_file(picture).starts_with("\x89PNG"));

  // The same work has the same UIDs.
  const auto first = read_file(seg);
  std::filesystem::remove(seg);
  REQUIRE(run_hilum({"segment", ct, "--out", out, "--bundle", bundle}).status == 0);
  CHECK(std::filesystem::exists(seg));
}

TEST_CASE("command line: a damaged model is refused by name, nothing runs") {
  const TempDir dir;
  const std::string bundle = (dir / "tiny.safetensors").string();
  REQUIRE(run_hilum({"model", "init", bundle, "--width", "2", "--overlap", "0"}).status == 0);
  std::string bytes = read_file(bundle);
  bytes[bytes.size() - 100] = static_cast<char>(bytes[bytes.size() - 100] ^ 1);
  write_file(bundle, bytes);
  const Outcome refused = run_hilum({"model", "inspect", bundle});
  CHECK(refused.status == 1);
  CHECK(refused.output.find("tiny.safetensors") != std::string::npos);
}

TEST_CASE("command line: segment says what is wrong with a folder") {
  const TempDir dir;
  write_file(dir / "notes.txt", "not DICOM");
  const Outcome nothing =
      run_hilum({"segment", dir.path().string(), "--out", (dir / "out").string()});
  CHECK(nothing.status == 1);
  CHECK(nothing.output.find("no DICOM files") != std::string::npos);
  CHECK(run_hilum({"segment", (dir / "absent").string(), "--out", (dir / "o").string()}).status ==
        1);
  // A series without it would be another one: that is not passed over in silence.
  write_file(dir / "cut.dcm", std::string(128, '\0') + "DICM and no more");
  const Outcome cut = run_hilum({"segment", dir.path().string(), "--out", (dir / "out").string()});
  CHECK(cut.status == 1);
  CHECK(cut.output.find("left out: read cut.dcm: ") != std::string::npos);
  CHECK(cut.output.find("no DICOM files that can be read") != std::string::npos);
}
