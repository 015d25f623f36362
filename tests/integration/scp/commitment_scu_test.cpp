#include "scp/commitment_scu.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <mutex>
#include <string>
#include <vector>

#include "tests/integration/scp/ct_files.h"
#include "tests/integration/scp/server_fixture.h"
#include "tests/integration/scp/storing_pacs.h"
#include "tests/support/scripted_archive.h"

using namespace hilum;
using namespace hilum::test;
using namespace std::chrono_literals;

namespace {

/// Keeps what is reported, or cannot.
class ReportSink : public CommitmentSink {
 public:
  explicit ReportSink(Status outcome = ok()) : outcome_(std::move(outcome)) {}
  Status report_arrived(const CommitmentReport& report) override {
    const std::lock_guard lock(mutex_);
    reports.push_back(report);
    return outcome_;
  }
  std::vector<CommitmentReport> reports;

 private:
  std::mutex mutex_;
  Status outcome_;
};

const TransactionUid kTransaction = *TransactionUid::parse("2.25.99");

scp::CommitmentScu scu() {
  return scp::CommitmentScu({.scu = {.ae_title = ae("HILUM"),
                                     .connect_timeout = 2s,
                                     .association_timeout = 2s,
                                     .response_timeout = 5s},
                             .report_wait = 2s});
}

Peer archive_at(std::uint16_t port) {
  return {.name = "archive",
          .ae_title = ae(ScriptedArchive::kAeTitle),
          .host = "127.0.0.1",
          .port = port};
}

/// Two objects on disk.
struct Request {
  Request() {
    for (int n = 1; n <= 2; ++n) {
      request.files.push_back(dir / fmt::format("{}.dcm", n));
      write_ct(request.files.back(), {.sop = fmt::format("1.2.3.4.5.{}", n)});
    }
  }
  TempDir dir;
  CommitmentRequester::Request request{.transaction = kTransaction, .files = {}};
};

}  // namespace

TEST_CASE("commitment scu: names the transaction and its objects, and hands over the report") {
  const ScriptedArchive archive("same");
  const Request asked;
  ReportSink sink;
  const auto answer = scu().request(archive_at(archive.port()), asked.request, sink, {});
  REQUIRE_MESSAGE(answer, answer.error().message);
  CHECK(*answer == CommitmentRequester::Answer::kAccepted);
  const auto requests = archive.lines_with("requested ");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0] == kTransaction.str() + " 1.2.3.4.5.1 1.2.3.4.5.2");
  // The archive has none of them: nothing was sent to it.
  REQUIRE(sink.reports.size() == 1);
  CHECK(sink.reports[0].transaction == kTransaction);
  CHECK(sink.reports[0].committed.size() + sink.reports[0].failed.size() == 2);
}

TEST_CASE("commitment scu: a report that cannot be kept is answered with a processing failure") {
  const ScriptedArchive archive("same");
  const Request asked;
  ReportSink sink(Error{ErrorCode::kUnavailable, "the database is full"});
  CHECK(scu().request(archive_at(archive.port()), asked.request, sink, {}));
  const auto answers = archive.lines_with("report ");
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].ends_with(" was answered 0110"));
}

TEST_CASE("commitment scu: without a report it lets go, at once when there is enough") {
  const ScriptedArchive archive("never");
  const Request asked;
  ReportSink sink;
  std::stop_source enough;
  SUBCASE("after the wait") {}
  SUBCASE("told so") { enough.request_stop(); }
  const auto answer =
      scu().request(archive_at(archive.port()), asked.request, sink, enough.get_token());
  REQUIRE_MESSAGE(answer, answer.error().message);
  CHECK(*answer == CommitmentRequester::Answer::kAccepted);
  CHECK(sink.reports.empty());
}

TEST_CASE("commitment scu: who does not do it is told apart from who is away") {
  const Request asked;
  ReportSink sink;
  const StoringPacs storescp({"-pm"});
  const auto no = scu().request(storescp.peer(), asked.request, sink, {});
  REQUIRE_MESSAGE(no, no.error().message);
  CHECK(*no == CommitmentRequester::Answer::kNotSupported);
  CHECK(*scu().offers(storescp.peer()) == CommitmentRequester::Answer::kNotSupported);
  const auto away = scu().request(archive_at(free_port()), asked.request, sink, {});
  REQUIRE_FALSE(away);
  CHECK(away.error().code == ErrorCode::kUnavailable);
  CHECK(away.error().message.find("ask ") != std::string::npos);
  CommitmentRequester::Request gone{.transaction = kTransaction, .files = {"/nowhere/1.dcm"}};
  CHECK_FALSE(scu().request(storescp.peer(), gone, sink, {}));
}
