// Asking a PACS through TLS, and for a virtual node.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "scp/query_scu.h"
#include "tests/integration/scp/asked_series.h"
#include "tests/integration/scp/tls_clinic.h"
#include "tests/support/orthanc.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

Peer orthanc(const Orthanc& pacs, QueryMode query, bool tls = false) {
  return {.name = "pacs",
          .ae_title = ae(Orthanc::kAeTitle),
          .host = "127.0.0.1",
          .port = pacs.dicom_port(),
          .tls = tls,
          .query = query};
}

}  // namespace

TEST_CASE("query scu: a PACS behind TLS is asked and sends by C-GET through TLS") {
  const Clinic clinic;
  const CertificateFiles archive = clinic.authority.issue("archive");
  const Orthanc pacs({{"HILUM", free_port()}},
                     Orthanc::Tls{archive, clinic.authority.certificate()});
  fill(Orthanc::kAeTitle, pacs.dicom_port(), as(clinic.scanner, clinic.authority));
  ServerFixture node;
  auto options = quick_options();
  options.scu.tls = clinic.context();
  scp::QueryScu scu(options, *node.spool);
  const Peer peer = orthanc(pacs, QueryMode::kGet, true);

  const auto usable = scp::check_query(peer, options);
  CHECK_MESSAGE(usable, (usable ? "" : usable.error().message));
  const auto inventory = scu.inventory(peer, kSeries, {});
  REQUIRE_MESSAGE(inventory, inventory.error().message);
  CHECK(inventory->listed.size() == kInstances);
  const auto got = scu.retrieve(peer, kSeries, sops(3, 70), node.sink, 30s, {});
  REQUIRE_MESSAGE(got, got.error().message);
  check_all_stored(node, 3, 70);

  // In plain text the same PACS is away, and so it is to a node without certificates.
  CHECK_FALSE(scu.inventory(orthanc(pacs, QueryMode::kGet), kSeries, {}));
  scp::QueryScu without(quick_options(), *node.spool);
  CHECK_FALSE(without.inventory(peer, kSeries, {}));
}

TEST_CASE("query scu: a virtual node asks by its own title, and what comes is its own") {
  const std::uint16_t port = free_port();
  const VirtualNode thin = *VirtualNode::parse("thin");
  const SeriesKey series{kSeries.study, kSeries.series, thin};
  const AeTitle title = ae("HILUM_THIN");
  // The PACS moves to the virtual node's title only.
  const Orthanc pacs({{"HILUM_THIN", port}});
  fill(Orthanc::kAeTitle, pacs.dicom_port());
  auto server = AskingNode::options(port, Orthanc::kAeTitle);
  server.virtual_titles = {{title, thin}};
  ServerFixture node(server, {.root = {}, .virtual_nodes = {thin}});
  auto options = quick_options();
  options.titles = {{thin, title}};
  scp::QueryScu scu(options, *node.spool);

  const auto got =
      scu.retrieve(orthanc(pacs, QueryMode::kGet), series, sops(1, 4), node.sink, 30s, {});
  REQUIRE_MESSAGE(got, got.error().message);
  check_all_stored(node, 1, 4, series);
  const auto moved =
      scu.retrieve(orthanc(pacs, QueryMode::kMove), series, sops(5, 6), node.sink, 30s, {});
  REQUIRE_MESSAGE(moved, moved.error().message);
  CHECK(node.sink.wait_closed(2));
  check_all_stored(node, 1, 6, series);
}
