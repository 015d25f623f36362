// Destinations that are called through TLS.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "scp/store_scu.h"
#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/server_fixture.h"
#include "tests/integration/scp/storing_pacs.h"
#include "tests/integration/scp/tls_clinic.h"
#include "tests/support/process.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

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
  StoringPacs pacs(as(clinic.scanner, clinic.authority));
  const auto file = clinic.dir / "in.dcm";
  write_ct(file, {.size = 512});
  auto peer = pacs.peer(true);
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
    StoringPacs pacs(as(clinic.stranger, clinic.authority));
    says(trouble(pacs.peer(true), clinic.context()),
         "was signed by \"CN=Strange CA\", which is none of tls.authorities");
  }
  SUBCASE("its certificate has expired") {
    StoringPacs pacs(as(clinic.expired, clinic.authority));
    says(trouble(pacs.peer(true), clinic.context()), "of the peer expired on 20");
  }
  SUBCASE("its certificate is made out to somebody else") {
    StoringPacs pacs(as(clinic.scanner, clinic.authority));
    auto peer = pacs.peer(true);
    peer.certificate_name = "pacs.example";
    says(trouble(peer, clinic.context()),
         "was made out to \"scanner.example\", not to \"pacs.example\"");
  }
  SUBCASE("it speaks no TLS") {
    StoringPacs pacs({});
    says(trouble(pacs.peer(true), clinic.context()), "set tls = false in its [[peer]] section");
  }
  SUBCASE("it speaks TLS, we do not") {
    StoringPacs pacs(as(clinic.scanner, clinic.authority));
    says(trouble(pacs.peer(), clinic.context()), "set tls = true in its [[peer]] section");
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
    StoringPacs pacs(as(clinic.scanner, clinic.authority));
    says(trouble(pacs.peer(true), Clinic::loaded({.authorities = clinic.authority.certificate()})),
         "set tls.certificate and tls.private_key");
  }
  SUBCASE("it does not believe our certificate") {
    StoringPacs pacs(as(clinic.scanner, clinic.strange_authority));
    says(trouble(pacs.peer(true), clinic.context()),
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
