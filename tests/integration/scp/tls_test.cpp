// TLS in both directions, with DCMTK's tools and OpenSSL's client at the other end.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/raw_peer.h"
#include "tests/integration/scp/server_fixture.h"
#include "tests/integration/scp/tls_clinic.h"
#include "tests/integration/scp/tls_peer.h"
#include "tests/support/certificates.h"
#include "tests/support/log_capture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
constexpr std::uint16_t kStoreRequest = 0x0001;

scp::ServerOptions server_options(std::shared_ptr<const scp::TlsContext> context) {
  auto options = ServerFixture::default_options();
  options.tls = {.port = 0, .context = std::move(context)};
  return options;
}

/// A node with a plain and a TLS port, and what it logs.
struct SecureNode {
  explicit SecureNode(const Clinic& clinic, scp::TlsOptions tls = {})
      : SecureNode(server_options(clinic.context(std::move(tls)))) {}
  explicit SecureNode(scp::ServerOptions options) : server(std::move(options)) {}
  ~SecureNode() { server.server->stop(); }  // nobody logs any more when the capture goes
  SecureNode(const SecureNode&) = delete;
  SecureNode& operator=(const SecureNode&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server.server->tls_port(); }
  /// Exit status of DCMTK's echoscu.
  [[nodiscard]] int echo(std::vector<std::string> options, std::uint16_t to) const {
    std::vector<std::string> argv{"echoscu", "-aet", "SENDER", "-aec", "HILUM", "-to", "20"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(argv.end(), {"127.0.0.1", fmt::to_string(to)});
    return run(argv);
  }
  [[nodiscard]] bool logs(const std::string& part) const {
    const bool found = !log.line_with(part).empty();
    CHECK_MESSAGE(found, log.text());
    return found;
  }

  ServerFixture server;
  LogCapture log;
};

/// An association for CT in Explicit VR Little Endian (context 1) through TLS.
struct TlsSender : TlsPeer {
  TlsSender(const SecureNode& node, const Clinic& clinic) : TlsPeer(node.port(), clinic.scanner) {
    send(associate_request("SENDER", "HILUM", kCt));
    REQUIRE(receive_pdu().substr(0, 1) == "\x02");
  }
};

}  // namespace

TEST_CASE("tls: storescu delivers through TLS, bit for bit, and the plain port stays open") {
  const Clinic clinic;
  SecureNode node(clinic);
  const std::string file = clinic.dir / "in.dcm";
  write_ct(file, {.size = 512});
  auto argv = std::vector<std::string>{"storescu", "-aet", "SENDER", "-aec", "HILUM"};
  for (const auto& option : as(clinic.scanner, clinic.authority)) argv.push_back(option);
  argv.insert(argv.end(), {"127.0.0.1", fmt::to_string(node.port()), file});
  std::string output;
  CHECK_MESSAGE(run(argv, &output) == 0, output);
  REQUIRE(node.server.sink.wait_closed(1));
  REQUIRE(node.server.sink.instances().size() == 1);
  CHECK(data_set_bytes(node.server.spool->root() / node.server.sink.instances().front().file) ==
        data_set_bytes(file));
  CHECK(node.logs("tls=\"TLSv1.3 TLS_AES_256_GCM_SHA384\" certificate=\"CN=scanner.example\""));
  CHECK(node.echo({}, node.server.server->port()) == 0);
}

TEST_CASE("tls: every profile of DCMTK's that is safe today is agreed with") {
  const Clinic clinic;
  SecureNode node(clinic);
  for (const char* profile : {"+py", "+px", "+pz"}) {
    CAPTURE(profile);
    auto options = as(clinic.scanner, clinic.authority);
    options.emplace_back(profile);
    CHECK(node.echo(options, node.port()) == 0);
  }
}

TEST_CASE("tls: an intermediate authority is believed when the caller sends it") {
  const Clinic clinic;
  SecureNode node(clinic);
  const TestAuthority ward(clinic.dir.path(), "Ward CA", clinic.authority);
  CHECK(node.echo(as(ward.issue("bed", {.common_name = "bed"}), clinic.authority), node.port()) ==
        0);
}

TEST_CASE("tls: who is refused is logged with the remedy, and the node goes on") {
  const Clinic clinic;
  SecureNode node(clinic);
  const auto plain = node.server.server->port();
  const auto good = as(clinic.scanner, clinic.authority);
  SUBCASE("no certificate") {
    CHECK(node.echo({"+tla", "-ic"}, node.port()) != 0);
    CHECK(
        node.logs("event=tls_refused assoc=1 peer=127.0.0.1 explanation=the caller showed no "
                  "certificate: give it one"));
  }
  SUBCASE("a certificate of another authority") {
    CHECK(node.echo(as(clinic.stranger, clinic.authority), node.port()) != 0);
    CHECK(node.logs("was signed by \"CN=Strange CA\", which is none of tls.authorities"));
  }
  SUBCASE("an expired certificate") {
    CHECK(node.echo(as(clinic.expired, clinic.authority), node.port()) != 0);
    CHECK(node.logs("the certificate \"CN=old.example\" of the caller expired on 20"));
  }
  SUBCASE("a certificate for servers only") {
    const auto server = clinic.authority.issue("s", {.extended_key_usage = "serverAuth"});
    CHECK(node.echo(as(server, clinic.authority), node.port()) != 0);
    CHECK(node.logs("was not made out for a TLS client"));
  }
  SUBCASE("a caller that does not believe us") {
    CHECK(node.echo(as(clinic.scanner, clinic.strange_authority), node.port()) != 0);
    CHECK(node.logs("install the certificate of \"CN=Clinic CA\" there"));
  }
  SUBCASE("plain text to the TLS port") {
    CHECK(node.echo({}, node.port()) != 0);
    CHECK(node.logs("the caller speaks DICOM without TLS on the TLS port: switch TLS on"));
  }
  SUBCASE("TLS to the plain port") {
    CHECK(node.echo(good, plain) != 0);
    CHECK(node.logs("the caller speaks TLS, this port does not: let it call the TLS port"));
  }
  SUBCASE("TLS 1.1") {
    CHECK(run({"openssl", "s_client", "-connect", fmt::format("127.0.0.1:{}", node.port()),
               "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}) != 0);
    CHECK(node.logs("speaks neither TLS 1.2 nor 1.3: update it"));
  }
  SUBCASE("no cipher suite in common") {
    CHECK(run({"openssl", "s_client", "-connect", fmt::format("127.0.0.1:{}", node.port()),
               "-tls1_2", "-cipher", "AES128-SHA"}) != 0);
    CHECK(node.logs("has no cipher suite in common with us"));
  }
  CHECK(node.echo(good, node.port()) == 0);
  CHECK(node.server.server->statistics().associations_accepted == 1);
}

TEST_CASE("tls: the older profile has suites for older devices") {
  const Clinic clinic;
  const auto rsa = clinic.authority.issue("rsa", {.common_name = "hilum", .rsa_bits = 2048});
  for (const auto profile : {scp::TlsProfile::kBcp195Rfc9325, scp::TlsProfile::kBcp195Rfc7525}) {
    SecureNode node(server_options(Clinic::loaded({.certificate = rsa.certificate,
                                                   .private_key = rsa.key,
                                                   .authorities = clinic.authority.certificate(),
                                                   .callers = scp::CallerCertificate::kOptional,
                                                   .profile = profile})));
    const int status =
        run({"openssl", "s_client", "-connect", fmt::format("127.0.0.1:{}", node.port()), "-tls1_2",
             "-cipher", "DHE-RSA-AES256-GCM-SHA384"});
    CHECK((status == 0) == (profile == scp::TlsProfile::kBcp195Rfc7525));
  }
}

TEST_CASE("tls: callers without certificate are let in where that is configured") {
  const Clinic clinic;
  SecureNode node(clinic, {.callers = scp::CallerCertificate::kOptional});
  CHECK(node.echo({"+tla", "-ic"}, node.port()) == 0);
  CHECK(node.logs("certificate=\"none\""));
  CHECK(node.echo(as(clinic.stranger, clinic.authority), node.port()) != 0);
}

TEST_CASE("tls: a peer with tls = true is kept out of the plain port, and must be itself") {
  const Clinic clinic;
  auto options = server_options(clinic.context());
  options.peers[0].tls = true;
  options.peers[0].certificate_name = "scanner.example";
  SecureNode node(options);
  CHECK(node.echo({}, node.server.server->port()) != 0);
  CHECK(
      node.logs("result=1 source=1 reason=1 explanation=peer \"sender\" (AE \"SENDER\") called "
                "from 127.0.0.1 without TLS"));
  const auto other = clinic.authority.issue("other", {.common_name = "other.example"});
  CHECK(node.echo(as(other, clinic.authority), node.port()) != 0);
  CHECK(node.logs("made out to \"other.example\", not to \"scanner.example\""));
  CHECK(node.echo(as(clinic.scanner, clinic.authority), node.port()) == 0);
}

TEST_CASE("tls: a node may have a TLS port alone") {
  const Clinic clinic;
  auto options = server_options(clinic.context());
  options.port.reset();
  SecureNode node(options);
  CHECK(node.server.server->port() == 0);
  CHECK(node.echo(as(clinic.scanner, clinic.authority), node.port()) == 0);
}

TEST_CASE("tls: a handshake that is silent, trickles or never ends is cut, others are served") {
  const Clinic clinic;
  auto options = server_options(clinic.context());
  options.request_timeout = 2s;
  SecureNode node(options);
  RawPeer silent(node.port());
  const auto begin = std::chrono::steady_clock::now();
  // The head of a handshake record of 512 bytes, then a byte now and then.
  const std::string hello =
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11) + std::string(500, 'r');
  RawPeer trickle(node.port());
  bool closed = false;
  for (std::size_t i = 0; i < hello.size() && !closed; ++i) {
    trickle.send(hello.substr(i, 1));
    closed = trickle.closed_within(100ms);
  }
  CHECK(closed);
  CHECK(std::chrono::steady_clock::now() - begin < 15s);
  CHECK(silent.closed_within(15s));
  CHECK(node.logs("the TLS handshake did not come to its end (timeout)"));
  CHECK(node.echo(as(clinic.scanner, clinic.authority), node.port()) == 0);
}

TEST_CASE("tls: the pace holds through TLS as without it") {
  const Clinic clinic;
  auto options = server_options(clinic.context());
  options.idle_timeout = 1s;
  SecureNode node(options);
  const auto begin_store = command(kStoreRequest, kCt, "1.2.3", DataSet::kFollows);
  TlsSender peer(node, clinic);
  peer.send(data_pdu(1, kLastCommand, begin_store));
  bool closed = false;
  for (int i = 0; i < 100 && !closed; ++i) {
    peer.send(data_pdu(1, kDataFragment, "x"));
    closed = peer.closed_within(100ms);
  }
  CHECK(closed);
  CHECK(node.logs("connection=\"the peer sends too slowly\""));
}

TEST_CASE("tls: a silent association is ended after the idle timeout") {
  const Clinic clinic;
  auto options = server_options(clinic.context());
  options.idle_timeout = 1s;
  SecureNode node(options);
  TlsSender idle(node, clinic);
  CHECK(idle.receive_pdu().substr(0, 1) == "\x07");  // A-ABORT
  CHECK(idle.closed_within(10s));
}

TEST_CASE("tls: a peer that renews its keys and nothing else is cut") {
  const Clinic clinic;
  SecureNode node(clinic);
  TlsSender peer(node, clinic);
  constexpr int kMoreThanAllowed = 40'000;  // of 27 bytes each
  for (int i = 0; i < kMoreThanAllowed; ++i) peer.update_keys();
  CHECK(peer.closed_within(10s));
  CHECK(node.echo(as(clinic.scanner, clinic.authority), node.port()) == 0);
}

TEST_CASE("tls: PDUs in records of one byte and several PDUs in one record arrive") {
  const Clinic clinic;
  SecureNode node(clinic);
  const std::string file = clinic.dir / "in.dcm";
  write_ct(file, {});
  TlsSender peer(node, clinic);
  const auto request =
      data_pdu(1, kLastCommand, command(kStoreRequest, kCt, "1.2.3.4.5.1", DataSet::kFollows));
  for (const char byte : request) peer.send({&byte, 1});
  peer.send(data_pdu(1, kLastData, data_set_bytes(file)));
  CHECK(status_in(peer.receive_pdu()) == 0);
  peer.send(request + data_pdu(1, kLastData, data_set_bytes(file)));
  CHECK(status_in(peer.receive_pdu()) == 0);
}

TEST_CASE("tls: garbage within an established connection ends it") {
  const Clinic clinic;
  SecureNode node(clinic);
  TlsSender peer(node, clinic);
  peer.send("\x01\x02\x03\x04\x05\x06\x07");  // no PDU
  CHECK(peer.closed_within(10s));
  CHECK(node.echo(as(clinic.scanner, clinic.authority), node.port()) == 0);
}

TEST_CASE("tls: a stop ends idle associations at once") {
  const Clinic clinic;
  SecureNode node(clinic);
  TlsSender idle(node, clinic);
  node.server.server->stop();
  CHECK(idle.receive_pdu().substr(0, 1) == "\x07");
}
