#include "scp/refused_contexts.h"

#include <doctest/doctest.h>

using namespace hilum::scp;
using Kind = ContextAnswer::Kind;

namespace {

constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";
constexpr const char* kFind = "1.2.840.10008.5.1.4.1.2.2.1";
constexpr const char* kExplicit = "1.2.840.10008.1.2.1";
constexpr const char* kMpeg2 = "1.2.840.10008.1.2.4.100";

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("refused contexts: nothing to explain when every class was accepted somehow") {
  CHECK(explain_refusals({}).empty());
  const std::vector<AnsweredContext> each_syntax_alone{
      {kCt, {kMpeg2}, Kind::kTransferSyntaxesNotSupported}, {kCt, {kExplicit}, Kind::kAccepted}};
  CHECK(explain_refusals(each_syntax_alone).empty());
}

TEST_CASE("refused contexts: a class that is not ours is named with what to change") {
  const std::vector<AnsweredContext> contexts{
      {kFind, {kExplicit}, Kind::kAbstractSyntaxNotSupported},
      {"1.2.3.4", {kExplicit}, Kind::kAbstractSyntaxNotSupported}};
  const auto reason = explain_refusals(contexts);
  CHECK(has(reason, "not supported: "));
  CHECK(has(reason, std::string("FINDStudyRootQueryRetrieveInformationModel (") + kFind + ")"));
  CHECK(has(reason, "1.2.3.4"));
  CHECK(has(reason, "take the others out of what the sender proposes"));
  CHECK_FALSE(has(reason, "decoded"));
}

TEST_CASE("refused contexts: syntaxes that cannot be decoded are named with those that can") {
  const std::vector<AnsweredContext> contexts{
      {kCt, {kMpeg2}, Kind::kTransferSyntaxesNotSupported},
      {kCt, {"1.2.3.9"}, Kind::kTransferSyntaxesNotSupported}};
  const auto reason = explain_refusals(contexts);
  CHECK(has(reason, std::string("CTImageStorage (") + kCt + ") in 1.2.3.9, MPEG2"));
  CHECK(has(reason, "let the sender send it in Explicit VR Little Endian or"));
  CHECK_FALSE(has(reason, "not supported"));
}

TEST_CASE("refused contexts: the explanation is short, whatever is proposed, and on one line") {
  std::vector<AnsweredContext> contexts;
  for (int i = 0; i < 128; ++i) {
    std::string uid = "1.2.840.10008.5.1.4.1.1." + std::to_string(100 + i) + ".";
    uid.resize(64, i % 2 == 0 ? '7' : '\n');
    std::vector<std::string> syntaxes;
    for (int k = 0; k < 50; ++k) {
      syntaxes.push_back("1.2." + std::to_string(k) + ".");
      syntaxes.back().resize(64, '"');
    }
    contexts.push_back(
        {uid, std::move(syntaxes),
         i < 64 ? Kind::kAbstractSyntaxNotSupported : Kind::kTransferSyntaxesNotSupported});
  }
  const auto reason = explain_refusals(contexts);
  CHECK(reason.size() <= kLongestExplanation);
  CHECK(has(reason, ", 60 more; "));
  CHECK(has(reason, ", 46 more, "));
  CHECK_FALSE(has(reason, "\n"));
  CHECK_FALSE(has(reason, "\""));
}
