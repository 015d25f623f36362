#include "pipeline/domain/result_object.h"

#include <doctest/doctest.h>

#include <set>

using namespace hilum;

TEST_CASE("result object: names of kinds survive a round trip") {
  for (const ResultKind kind :
       {ResultKind::kSegmentation, ResultKind::kReport, ResultKind::kPictures}) {
    const auto read = result_kind_from(to_string(kind));
    REQUIRE(read);
    CHECK(*read == kind);
  }
  CHECK(result_kind_from("picture").error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("result identity: what it names differs by work, by thing, and by kind of UID") {
  std::set<std::string> uids;
  for (const char* work : {"a", "b"}) {
    const ResultIdentity identity(work);
    for (const char* what : {"seg", "seg/1", "report"}) {
      uids.insert(identity.uid(what));
      uids.insert(identity.series(what).str());
      uids.insert(identity.sop(what).str());
    }
  }
  CHECK(uids.size() == 18);
  CHECK(ResultIdentity("a").sop("seg") == ResultIdentity("a").sop("seg"));
}
