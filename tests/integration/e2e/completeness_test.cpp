// A PACS has the whole series, and a part of it came: the node gets the rest, and makes one SEG.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "tests/integration/e2e/sent_ct.h"
#include "tests/support/eventually.h"
#include "tests/support/process.h"
#include "tests/support/qr_pacs.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

/// Of 24: enough for the rules.
constexpr std::size_t kSentInPart = 21;

/// Sends the first slices as if the PACS had been cut off.
void send_a_part(const SentCt& ct, const std::string& as, const NodeFixture& node) {
  const auto part = ct.directory / "part";
  std::filesystem::create_directories(part);
  for (std::size_t i = 0; i < kSentInPart; ++i) {
    std::filesystem::copy(ct.files.at(i), part / ct.files.at(i).filename());
  }
  storescu(as, NodeFixture::kAeTitle, node.port(), part);
}

std::vector<Job> jobs_of(NodeFixture& node) { return *node.store().jobs(std::nullopt, 100); }

bool is_closed(NodeFixture& node) {
  const auto series = *node.store().series(9);
  return series.size() == 1 && !series.front().open;
}

void check_one_whole_job(const SentCt& ct, NodeFixture& node) {
  REQUIRE(jobs_of(node).size() == 1);
  CHECK(jobs_of(node).front().note.empty());
  CHECK(node.store().instances_of(jobs_of(node).front().series)->size() == ct.files.size());
}

}  // namespace

TEST_CASE("end to end: Orthanc sent a part of a series, the rest is fetched, one SEG comes of it") {
  const TempDir dir;
  const std::uint16_t port = free_port();
  const Orthanc pacs({{NodeFixture::kAeTitle, port}});
  for (const auto mode : {QueryMode::kGet, QueryMode::kMove}) {
    const SentCt ct =
        write_marked_ct(placements().at(1), mode == QueryMode::kGet ? "get" : "move", dir);
    storescu(NodeFixture::kSender, Orthanc::kAeTitle, pacs.dicom_port(), ct.directory);
    NodeFixture node(Orthanc::kAeTitle, pacs.dicom_port(), port, {.query = mode});
    send_a_part(ct, Orthanc::kAeTitle, node);
    check_delivered(pacs, ct, node, dir);
    check_one_whole_job(ct, node);
  }
}

TEST_CASE("end to end: dcmqrscp sent a part of a series, the rest is fetched") {
  const TempDir dir;
  for (const auto mode : {QueryMode::kGet, QueryMode::kMove}) {
    const std::uint16_t port = free_port();
    const QrPacs pacs(NodeFixture::kAeTitle, port);
    const SentCt ct =
        write_marked_ct(placements().front(), mode == QueryMode::kGet ? "qr get" : "qr move", dir);
    storescu(NodeFixture::kSender, QrPacs::kAeTitle, pacs.port(), ct.directory);
    NodeFixture node(QrPacs::kAeTitle, pacs.port(), port, {.query = mode});
    send_a_part(ct, QrPacs::kAeTitle, node);
    REQUIRE(eventually([&] { return node.store().jobs(JobState::kDelivered, 9)->size() == 1; }));
    check_one_whole_job(ct, node);
  }
}

TEST_CASE("end to end: what cannot be fetched keeps a series from being segmented, as configured") {
  const TempDir dir;
  const QrPacs pacs("ANOTHER", free_port());  // does not know us as a destination
  const SentCt ct = write_marked_ct(placements().front(), "unknown destination", dir);
  storescu(NodeFixture::kSender, QrPacs::kAeTitle, pacs.port(), ct.directory);
  const auto in_part = fmt::format("incomplete, {} of {} instances", kSentInPart, ct.files.size());
  NodeFixture::Completeness completeness{.query = QueryMode::kMove, .wait = 4s};
  SUBCASE("refused") {
    NodeFixture node(QrPacs::kAeTitle, pacs.port(), 0, completeness);
    send_a_part(ct, QrPacs::kAeTitle, node);
    REQUIRE(eventually([&] { return is_closed(node); }));
    const auto reason = node.store().series(9)->front().not_segmented;
    CHECK_MESSAGE(reason.starts_with(in_part), reason);
    CHECK(reason.find("does not know HILUM as a destination") != std::string::npos);
    CHECK(jobs_of(node).empty());
  }
  SUBCASE("segmented") {
    completeness.incomplete = config::IfIncomplete::kSegment;
    NodeFixture node(QrPacs::kAeTitle, pacs.port(), 0, completeness);
    send_a_part(ct, QrPacs::kAeTitle, node);
    REQUIRE(eventually([&] { return jobs_of(node).size() == 1; }));
    CHECK_MESSAGE(jobs_of(node).front().note.starts_with(in_part), jobs_of(node).front().note);
  }
  SUBCASE("nobody to ask") {
    NodeFixture node(QrPacs::kAeTitle, free_port(), 0, completeness);
    send_a_part(ct, QrPacs::kAeTitle, node);
    REQUIRE(eventually([&] { return jobs_of(node).size() == 1; }));
    CHECK(jobs_of(node).front().note.starts_with("not known to be complete"));
  }
}
