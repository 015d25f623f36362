#include "pipeline/domain/implementation.h"

#include <doctest/doctest.h>

#include <string_view>

#include "pipeline/domain/uid.h"

using namespace hilum;

TEST_CASE("implementation: class UID and version name fit their attributes") {
  CHECK(checked_uid(implementation_class_uid()));
  CHECK(std::string_view(kImplementationVersionName).size() <= 16);
}
