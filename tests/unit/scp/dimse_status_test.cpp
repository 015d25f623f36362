#include "scp/dimse_status.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace hilum;
using namespace hilum::scp;

TEST_CASE("dimse status: each error has a status of PS3.4 B.2.3 and a short comment") {
  using enum ErrorCode;
  for (const auto& [code, status] : {
           std::pair{kInvalidInput, 0xC000},
           {kUnsupported, 0xA900},
           {kConflict, 0x0117},
           {kNoSpace, 0xA700},
           {kUnavailable, 0xA700},
           {kNotFound, 0xA700},
           {kCancelled, 0xA700},
           {kInternal, 0xA700},
       }) {
    CAPTURE(to_string(code));
    const auto failure = store_failure(code);
    CHECK(failure.status == status);
    CHECK(!failure.comment.empty());
    CHECK(failure.comment.size() <= 64);
    CHECK(std::ranges::find(statuses_we_send(), failure.status) != statuses_we_send().end());
  }
}

TEST_CASE("dimse status: what a peer answers decides between done, again and never") {
  using enum ErrorCode;
  for (const int done : {0x0000, 0x0111, 0xB000, 0xB006, 0xB007}) {
    CAPTURE(done);
    CHECK_FALSE(outcome_of_response(static_cast<DimseStatus>(done)).has_value());
  }
  for (const auto& [status, code] : {
           std::pair{0xA700, kUnavailable},
           {0xA7FF, kUnavailable},
           {0x0110, kUnavailable},
           {0x0124, kUnavailable},
           {0xA900, kInvalidInput},
           {0xC000, kInvalidInput},
           {0xC123, kInvalidInput},
           {0xB001, kInvalidInput},
           {0x0122, kUnsupported},
           {0x0117, kConflict},
           {0x1234, kInvalidInput},
       }) {
    CAPTURE(status);
    CHECK(outcome_of_response(static_cast<DimseStatus>(status)) == code);
    CHECK_FALSE(meaning_of(static_cast<DimseStatus>(status)).empty());
  }
}

TEST_CASE("dimse status: an answer to a request for storage commitment is one of four") {
  using enum ActionOutcome;
  for (const auto& [status, outcome] : {
           std::pair{0x0000, kAccepted},
           {0x0107, kAccepted},
           {0xB001, kAccepted},
           {0x0112, kNotSupported},
           {0x0118, kNotSupported},
           {0x0122, kNotSupported},
           {0x0123, kNotSupported},
           {0x0211, kNotSupported},
           {0x0110, kTryLater},
           {0x0124, kTryLater},
           {0x0131, kTryLater},
           {0x0213, kTryLater},
           {0xA700, kTryLater},
           {0x0115, kRefused},
           {0xC000, kRefused},
           {0x1234, kRefused},
       }) {
    CAPTURE(status);
    CHECK(outcome_of_action(static_cast<DimseStatus>(status)) == outcome);
  }
}
