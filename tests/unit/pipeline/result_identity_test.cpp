#include "pipeline/result_identity.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace hilum;
using namespace hilum::pipeline;

namespace {

VirtualNode node(const char* name) { return *VirtualNode::parse(name); }

}  // namespace

TEST_CASE("result_identity: the same work has the same UIDs, any other work different ones") {
  const ResultUids first = result_uids("instances", "model", "settings");
  const ResultUids again = result_uids("instances", "model", "settings");
  CHECK(first.sop == again.sop);
  CHECK(first.series == again.series);

  std::set<std::string> all{first.sop.str(), first.series.str()};
  for (const ResultUids& other : {result_uids("instances2", "model", "settings"),
                                  result_uids("instances", "model2", "settings"),
                                  result_uids("instances", "model", "settings2"),
                                  result_uids("instances", "model", "settings", node("thin")),
                                  result_uids("instances", "model", "settings", node("thick"))}) {
    all.insert(other.sop.str());
    all.insert(other.series.str());
  }
  CHECK(all.size() == 12);
}

TEST_CASE("result_identity: the main node's results keep the UIDs they had before virtual nodes") {
  // A PACS that holds results of an earlier version must see them replaced, not doubled.
  const ResultUids uids = result_uids("instances", "model", "settings");
  CHECK(uids.series.str() == "2.25.152839188530927780129525821816251173317");
  CHECK(uids.sop.str() == "2.25.306337941775761987679423338515777691849");
}
