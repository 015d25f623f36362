#include "pipeline/result_identity.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace hilum;
using namespace hilum::pipeline;

TEST_CASE("result_identity: the same work has the same UIDs, any other work different ones") {
  const ResultUids first = result_uids("instances", "model", "settings");
  const ResultUids again = result_uids("instances", "model", "settings");
  CHECK(first.sop == again.sop);
  CHECK(first.series == again.series);

  std::set<std::string> all{first.sop.str(), first.series.str()};
  for (const ResultUids& other : {result_uids("instances2", "model", "settings"),
                                  result_uids("instances", "model2", "settings"),
                                  result_uids("instances", "model", "settings2")}) {
    all.insert(other.sop.str());
    all.insert(other.series.str());
  }
  CHECK(all.size() == 8);
}
