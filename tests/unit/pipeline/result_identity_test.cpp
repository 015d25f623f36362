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
  const ResultIdentity first = result_identity("instances", "model", "settings");
  const ResultIdentity again = result_identity("instances", "model", "settings");
  CHECK(first.sop("seg") == again.sop("seg"));
  CHECK(first.series("seg") == again.series("seg"));

  std::set<std::string> all;
  for (const ResultIdentity& work :
       {first, result_identity("instances2", "model", "settings"),
        result_identity("instances", "model2", "settings"),
        result_identity("instances", "model", "settings2"),
        result_identity("instances", "model", "settings", node("thin")),
        result_identity("instances", "model", "settings", node("thick"))}) {
    for (const char* what : {"seg", "seg/2", "report"}) {
      all.insert(work.sop(what).str());
      all.insert(work.series(what).str());
    }
  }
  CHECK(all.size() == 36);
}

TEST_CASE("result_identity: UIDs stay the same from version to version") {
  // A PACS that holds results of an earlier version must see them replaced, not doubled.
  const ResultIdentity work = result_identity("instances", "model", "settings");
  CHECK(work.series("seg").str() == "2.25.271839045270394931526228571759992312628");
  CHECK(work.sop("seg").str() == "2.25.215669268656534316648134567427816792251");
}
