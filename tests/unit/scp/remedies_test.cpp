#include "scp/remedies.h"

#include <doctest/doctest.h>

using namespace hilum;
using namespace hilum::scp;

namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("remedies: how a connection ended says what to change, before a request and after") {
  CHECK(has(remedy_without_request(Ending::kTimeout), "network.association_timeout_s"));
  CHECK(has(remedy_of_broken(Ending::kTimeout), "network.idle_timeout_s"));
  CHECK(has(remedy_without_request(Ending::kPeerClosed), "port scan"));
  CHECK(has(remedy_of_broken(Ending::kPeerClosed), "it has to send again"));
  for (const auto remedy : {remedy_without_request, remedy_of_broken}) {
    CHECK(has(remedy(Ending::kTooSlow), "network.idle_timeout_s"));
    CHECK(has(remedy(Ending::kStopped), "none: this node was stopping"));
    CHECK(has(remedy(Ending::kError), "fault of the network"));
    CHECK(has(remedy(Ending::kTlsFailed), "rules of TLS"));
    // What the peer said was wrong while the connection held.
    CHECK(has(remedy(Ending::kOpen), "report it to its vendor"));
    CHECK(has(remedy(Ending::kTooMuch), "report it to its vendor"));
  }
}

TEST_CASE("remedies: why an instance was not stored decides who has to do something") {
  CHECK(has(remedy_of_failed_store(ErrorCode::kNoSpace), "storage.min_free_gib"));
  CHECK(has(remedy_of_failed_store(ErrorCode::kConflict), "one SOP Instance UID"));
  CHECK(has(remedy_of_failed_store(ErrorCode::kInvalidInput), "the system that made it"));
  CHECK(has(remedy_of_failed_store(ErrorCode::kInternal), "storage.directory"));
  CHECK(has(remedy_of_refused_command(false), "C-ECHO, C-STORE and reports"));
  CHECK_FALSE(has(remedy_of_refused_command(true), "C-ECHO, C-STORE and reports"));
}
