#include "pipeline/domain/virtual_node.h"

#include <doctest/doctest.h>

using namespace hilum;

TEST_CASE("virtual_node: names are kept as they are; none is the main node's") {
  for (const std::string name : {"HILUM_THIN", "thin", "7", "a.b-c_d"}) {
    const auto node = VirtualNode::parse(name);
    REQUIRE_MESSAGE(node.has_value(), name);
    CHECK(node->name() == name);
    CHECK(node->shown() == name);
    CHECK_FALSE(node->is_main());
  }
  CHECK(VirtualNode::parse("")->is_main());
  CHECK(*VirtualNode::parse("") == VirtualNode());
  CHECK(VirtualNode().shown() == "main");
}

TEST_CASE("virtual_node: refuses what is no safe file name, and the word for the main node") {
  for (const std::string& name :
       {std::string("."), std::string(".."), std::string("../x"), std::string("a/b"),
        std::string(".hidden"), std::string("-rf"), std::string("a b"), std::string("a\nb"),
        std::string("\xc3\xa4"), std::string(65, 'x'), std::string("main"),
        std::string("a\0b", 3)}) {
    CAPTURE(name);
    const auto node = VirtualNode::parse(name);
    REQUIRE_FALSE(node.has_value());
    CHECK(node.error().code == ErrorCode::kInvalidInput);
  }
}
