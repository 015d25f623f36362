// TLS in both directions, with DCMTK's tools and OpenSSL's client at the other end.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "scp/store_scu.h"
#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/raw_peer.h"
#include "tests/integration/scp/server_fixture.h"
#include "tests/integration/scp/tls_peer.h"
#include "tests/support/certificates.h"
#include "tests/support/log_capture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
constexpr std::uint16_t kStoreRequest = 0x0001;

/// The certificates of a clinic, of a stranger, and what has gone wrong with some of them.
struct Clinic {
  TempDir dir;
  TestAuthority authority{dir.path(), "Clinic CA"};
  TestAuthority strange_authority{dir.path(), "Strange CA"};
  CertificateFiles hilum = authority.issue("hilum", {.common_name = "hilum.example"});
  CertificateFiles scanner = authority.issue("scanner", {.common_name = "scanner.example"});
  CertificateFiles expired = authority.issue(
      "expired", {.common_name = "old.example", .valid_from_days = -9, .valid_until_days = -2});
  CertificateFiles stranger = strange_authority.issue("stranger");

  [[nodiscard]] std::shared_ptr<const scp::TlsContext> context(scp::TlsOptions options = {}) const {
    options.certificate = hilum.certificate;
    options.private_key = hilum.key;
    options.authorities = authority.certificate();
    return loaded(options);
  }
  static std::shared_ptr<const scp::TlsContext> loaded(const scp::TlsOptions& options) {
    auto context = scp::TlsContext::load(options);
    REQUIRE_MESSAGE(context, context.error().message);
    return *context;
  }
};

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

/// DCMTK's options for TLS with a certificate of its own that believes an authority.
std::vector<std::string> as(const CertificateFiles& files, const TestAuthority& believed) {
  return {"+tls", files.key.string(), files.certificate.string(), "+cf",
          believed.certificate().string()};
}

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

namespace {

/// DCMTK's storescp as a PACS.
struct Pacs {
  explicit Pacs(const std::vector<std::string>& options) : port(free_port()) {
    std::vector<std::string> argv{"storescp", "-aet", "PACS", "-od", dir.path().string(), "+B"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(fmt::to_string(port));
    process = std::make_unique<Process>(argv);
    REQUIRE(wait_for_port(port));
  }
  [[nodiscard]] Peer peer(bool tls = true) const {
    return {.name = "pacs", .ae_title = ae("PACS"), .host = "127.0.0.1", .port = port, .tls = tls};
  }

  TempDir dir;
  std::uint16_t port;
  std::unique_ptr<Process> process;
};

/// A loopback port where nobody answers by himself.
struct Listening {
  Listening() {
    REQUIRE(::listen(fd.get(), 4) == 0);
    socklen_t length = sizeof(address);
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  }
  [[nodiscard]] Peer peer(bool tls) const {
    return {.name = "pacs",
            .ae_title = ae("PACS"),
            .host = "127.0.0.1",
            .port = ntohs(address.sin_port),
            .tls = tls};
  }
  UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
};

scp::StoreScu scu(std::shared_ptr<const scp::TlsContext> tls) {
  return scp::StoreScu({.ae_title = ae("HILUM"),
                        .connect_timeout = 5s,
                        .association_timeout = 5s,
                        .response_timeout = 10s,
                        .tls = std::move(tls)});
}

/// Why a peer could not be called.
std::string trouble(const Peer& peer, std::shared_ptr<const scp::TlsContext> tls) {
  const auto echoed = scu(std::move(tls)).echo(peer);
  REQUIRE_FALSE(echoed);
  return echoed.error().message;
}

}  // namespace

TEST_CASE("tls: a result is delivered through TLS to a destination that wants our certificate") {
  const Clinic clinic;
  Pacs pacs(as(clinic.scanner, clinic.authority));
  const auto file = clinic.dir / "in.dcm";
  write_ct(file, {.size = 512});
  auto peer = pacs.peer();
  const auto sent = scu(clinic.context()).send(peer, std::vector{file});
  REQUIRE_MESSAGE(sent.has_value(), (sent ? "" : sent.error().message));
  const auto arrived = std::filesystem::directory_iterator(pacs.dir.path())->path();
  CHECK(data_set_bytes(arrived) == data_set_bytes(file));
  peer.certificate_name = "scanner.example";
  CHECK(scu(clinic.context()).echo(peer));
}

TEST_CASE("tls: a destination that cannot be called is told with the remedy") {
  const Clinic clinic;
  const auto says = [](const std::string& text, const std::string& part) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  };
  SUBCASE("its certificate is of another authority") {
    Pacs pacs(as(clinic.stranger, clinic.authority));
    says(trouble(pacs.peer(), clinic.context()),
         "was signed by \"CN=Strange CA\", which is none of tls.authorities");
  }
  SUBCASE("its certificate has expired") {
    Pacs pacs(as(clinic.expired, clinic.authority));
    says(trouble(pacs.peer(), clinic.context()), "of the peer expired on 20");
  }
  SUBCASE("its certificate is made out to somebody else") {
    Pacs pacs(as(clinic.scanner, clinic.authority));
    auto peer = pacs.peer();
    peer.certificate_name = "pacs.example";
    says(trouble(peer, clinic.context()),
         "was made out to \"scanner.example\", not to \"pacs.example\"");
  }
  SUBCASE("it speaks no TLS") {
    Pacs pacs({});
    says(trouble(pacs.peer(), clinic.context()), "set tls = false in its [[peer]] section");
  }
  SUBCASE("it speaks TLS, we do not") {
    Pacs pacs(as(clinic.scanner, clinic.authority));
    says(trouble(pacs.peer(false), clinic.context()), "set tls = true in its [[peer]] section");
  }
  SUBCASE("it speaks TLS, we do not, and it says so as other implementations than OpenSSL do") {
    const Listening listening;
    std::jthread server([&] {
      const UniqueFd caller(::accept(listening.fd.get(), nullptr, nullptr));
      const std::string alert("\x15\x03\x03\x00\x02\x02\x46", 7);
      static_cast<void>(::send(caller.get(), alert.data(), alert.size(), MSG_NOSIGNAL));
      std::array<char, 1024> request{};
      static_cast<void>(::recv(caller.get(), request.data(), request.size(), 0));
    });
    says(trouble(listening.peer(false), nullptr),
         "the peer speaks TLS at this port: set tls = true");
  }
  SUBCASE("it demands a certificate of ours") {
    Pacs pacs(as(clinic.scanner, clinic.authority));
    says(trouble(pacs.peer(), Clinic::loaded({.authorities = clinic.authority.certificate()})),
         "set tls.certificate and tls.private_key");
  }
  SUBCASE("it does not believe our certificate") {
    Pacs pacs(as(clinic.scanner, clinic.strange_authority));
    says(trouble(pacs.peer(), clinic.context()),
         "install the certificate of \"CN=Clinic CA\" there");
  }
  SUBCASE("it says nothing") {
    const Listening silent;
    says(trouble(silent.peer(true), clinic.context()), "did not come to its end (timeout)");
  }
  SUBCASE("no authority is known that could have signed it") {
    const Peer peer{
        .name = "pacs", .ae_title = ae("PACS"), .host = "127.0.0.1", .port = 104, .tls = true};
    says(trouble(peer, nullptr), "set tls.authorities");
  }
}
