#include "scp/command_set.h"

#include <doctest/doctest.h>

#include <string>

using namespace hilum;
using namespace hilum::scp;

namespace {

std::string little_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

std::string element(std::uint16_t group, std::uint16_t number, const std::string& value) {
  return little_endian(group, 2) + little_endian(number, 2) +
         little_endian(static_cast<std::uint32_t>(value.size()), 4) + value;
}

}  // namespace

TEST_CASE("command set: elements are found, the first of two counts, other groups do not") {
  const auto command = CommandSet::parse(
      element(0, kAffectedSopClass, std::string("1.2.3\0", 6)) +
      element(8, kMessageId, little_endian(9, 2)) + element(0, kMessageId, little_endian(7, 2)) +
      element(0, kMessageId, little_endian(8, 2)) + element(0, kPriority, "x"));
  REQUIRE(command);
  CHECK(command->text(kAffectedSopClass) == std::string_view("1.2.3\0", 6));
  CHECK(without_padding(command->text(kAffectedSopClass)) == "1.2.3");
  CHECK(command->number(kMessageId) == 7);
  CHECK_FALSE(command->number(kPriority));     // not of two bytes
  CHECK_FALSE(command->number(kDataSetType));  // absent
  CHECK(command->text(kAffectedSopInstance).empty());
  CHECK(CommandSet::parse(""));
}

TEST_CASE("command set: lengths beyond the bytes are refused before anything is made of them") {
  const std::string whole = element(0, kMessageId, little_endian(7, 2));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(CommandSet::parse(whole.substr(0, size)));
  }
  const auto huge = CommandSet::parse(little_endian(0, 2) + little_endian(kMessageId, 2) +
                                      little_endian(0xFF000002, 4) + "ab");
  REQUIRE_FALSE(huge);
  CHECK(huge.error().message.find("(0000,0110) of 4278190082 bytes where 2 are left") !=
        std::string::npos);
}

TEST_CASE("command set: padding is blanks and NULs at the end") {
  CHECK(without_padding("1.2 ") == "1.2");
  CHECK(without_padding(std::string_view("A \0\0", 4)) == "A");
  CHECK(without_padding(" A") == " A");
  CHECK(without_padding("  ").empty());
}
