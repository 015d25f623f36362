// What administrators are told of destinations that are to confirm what they get.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/support/hilum_program.h"
#include "tests/support/orthanc.h"
#include "tests/support/process.h"
#include "tests/unit/db/store_fixture.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

void says(const Outcome& outcome, int status, const std::string& part) {
  INFO(outcome.output);
  CHECK(outcome.status == status);
  CHECK(outcome.output.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("command line: check says whether a destination commits to keep results") {
  const TempDir dir;
  const std::string bundle = (dir / "tiny.safetensors").string();
  REQUIRE(run_hilum({"model", "init", bundle, "--width", "2"}).status == 0);
  const auto check = [&](const char* ae_title, std::uint16_t port, const char* commitment) {
    const auto file = dir / "hilum.toml";
    write_file(file, fmt::format("[node]\nbind = \"127.0.0.1\"\nport = 11113\n[storage]\n"
                                 "directory = \"{}\"\nmin_free_gib = 0\n[[peer]]\n"
                                 "name = \"pacs\"\nae_title = \"{}\"\nhost = \"127.0.0.1\"\n"
                                 "port = {}\nstorage_commitment = \"{}\"\n[model]\n"
                                 "bundle = \"{}\"\n",
                                 (dir / "storage").string(), ae_title, port, commitment, bundle));
    return run_hilum({"check", "--config", file.string()});
  };
  SUBCASE("one that does not") {
    const std::uint16_t port = free_port();
    const Process only_stores({"storescp", "-pm", "-aet", "PACS", fmt::to_string(port)});
    REQUIRE(wait_for_port(port));
    const Outcome required = check("PACS", port, "required");
    says(required, 1, "does not accept Storage Commitment (1.2.840.10008.1.20.1) from HILUM");
    says(required, 1, "set storage_commitment = \"if-supported\"");
    const Outcome if_supported = check("PACS", port, "if-supported");
    says(if_supported, 0, "WARNING");
    says(if_supported, 0, "delivered without being confirmed");
    CHECK(check("PACS", port, "off").output.find("Commitment") == std::string::npos);
  }
  SUBCASE("one that does") {
    const Orthanc pacs({{"HILUM", 11113}});
    const Outcome good = check(Orthanc::kAeTitle, pacs.dicom_port(), "required");
    says(good, 0, "accepts Storage Commitment");
    says(good, 0, "HILUM at this node's address and port 11113 (Orthanc: DicomModalities)");
  }
}

TEST_CASE_FIXTURE(StoreFixture,
                  "command line: jobs show tells what is confirmed, and what is not") {
  const auto config = dir / "hilum.toml";
  write_file(config, fmt::format("[storage]\ndirectory = \"{}\"\n[results]\ndestinations = []\n",
                                 dir.path().string()));
  const JobId id = encoded_job(1, {"pacs"});
  const Delivery delivery = sending();
  REQUIRE(store->delivery_stored(delivery.id, "node/delivery-0", now()));
  const auto show = [&] {
    return run_hilum({"jobs", "show", fmt::to_string(id), "--config", config.string()});
  };
  says(show(), 0, "stored");
  says(show(), 0, "0 of 1");
  REQUIRE(commitments().claim_stored(lease(), now()));
  const auto transaction = *TransactionUid::parse("2.25.9");
  REQUIRE(
      commitments().commitment_begun(delivery.id, "node/job-0", transaction, now() + 600s, now()));
  REQUIRE(commitments().commitment_awaited(delivery.id, "node/job-0", now()));
  says(show(), 0, "report on request 1 is awaited");
  REQUIRE(commitments().record_report({transaction, {kObject.sop}, {}}, now()));
  says(show(), 0, "1 of 1");
  says(show(), 0, "delivered");
}
