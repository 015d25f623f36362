#include "scp/presentation_contexts.h"

#include <doctest/doctest.h>

#include <vector>

using namespace hilum::scp;
using Kind = ContextAnswer::Kind;

namespace {

constexpr const char* kImplicit = "1.2.840.10008.1.2";
constexpr const char* kExplicit = "1.2.840.10008.1.2.1";
constexpr const char* kRle = "1.2.840.10008.1.2.5";
constexpr const char* kJpeg2000 = "1.2.840.10008.1.2.4.91";
constexpr const char* kCt = "1.2.840.10008.5.1.4.1.1.2";

}  // namespace

TEST_CASE("presentation contexts: storage classes of patient data are accepted, known or not") {
  for (const char* sop_class : {
           kCt,
           "1.2.840.10008.5.1.4.1.1.2.1",    // Enhanced CT
           "1.2.840.10008.5.1.4.1.1.2.2",    // Legacy Converted Enhanced CT
           "1.2.840.10008.5.1.4.1.1.88.67",  // X-Ray Radiation Dose SR
           "1.2.840.10008.5.1.4.1.1.66.7",   // Label Map Segmentation, newer than DCMTK 3.6.7
           "1.2.840.10008.5.1.1.29",         // Hardcopy Grayscale, retired
           "1.2.840.10008.5.1.4.34.7",       // RT Beams Delivery Instruction
       }) {
    CAPTURE(sop_class);
    const std::vector<std::string> proposed{kExplicit};
    CHECK(answer_context(sop_class, proposed).kind == Kind::kAccepted);
  }
  for (const char* sop_class : {
           "1.2.840.10008.5.1.4.1.1.",     // the root alone
           "1.2.840.10008.5.1.4.1.2.2.1",  // Study Root FIND
           "1.2.840.10008.5.1.4.38.1",     // Hanging Protocol: no patient, no study
           "1.2.3",
           "",
       }) {
    CAPTURE(sop_class);
    const std::vector<std::string> proposed{kExplicit};
    CHECK(answer_context(sop_class, proposed).kind == Kind::kAbstractSyntaxNotSupported);
  }
}

TEST_CASE("presentation contexts: of several transfer syntaxes the plainest is chosen") {
  for (const auto& [proposed, chosen] :
       {std::pair<std::vector<std::string>, std::string>{{kImplicit, kExplicit}, kExplicit},
        {{kJpeg2000, kImplicit}, kImplicit},
        {{kJpeg2000, kRle}, kRle},
        {{kJpeg2000}, kJpeg2000},
        {{"1.2.3.4", kJpeg2000}, kJpeg2000}}) {
    const auto answer = answer_context(kCt, proposed);
    CHECK(answer.kind == Kind::kAccepted);
    CHECK(answer.transfer_syntax == chosen);
  }
  const SyntaxFilter no_lossy = [](std::string_view sop_class, std::string_view syntax) {
    return sop_class != kCt || syntax != kJpeg2000;
  };
  const std::vector<std::string> both{kJpeg2000, kRle};
  const std::vector<std::string> lossy{kJpeg2000};
  CHECK(answer_context(kCt, both, no_lossy).transfer_syntax == kRle);
  CHECK(answer_context(kCt, lossy, no_lossy).kind == Kind::kTransferSyntaxesNotSupported);
  CHECK(answer_context("1.2.840.10008.5.1.4.1.1.4", lossy, no_lossy).kind == Kind::kAccepted);
  const std::vector<std::string> unknown{"1.2.840.10008.1.2.4.201"};
  CHECK(answer_context(kCt, unknown).kind == Kind::kTransferSyntaxesNotSupported);
  CHECK(answer_context(kCt, {}).kind == Kind::kTransferSyntaxesNotSupported);
}

TEST_CASE("presentation contexts: verification is plain") {
  const std::vector<std::string> implicit{kImplicit};
  const std::vector<std::string> compressed{kJpeg2000};
  CHECK(answer_context(kVerificationSopClass, implicit).kind == Kind::kAccepted);
  CHECK(answer_context(kVerificationSopClass, compressed).kind ==
        Kind::kTransferSyntaxesNotSupported);
}

TEST_CASE("presentation contexts: reports on storage commitment are taken from an SCP") {
  using enum RequestorRole;
  const std::vector<std::string> both{kImplicit, kExplicit};
  const std::vector<std::string> implicit{kImplicit};
  const std::vector<std::string> compressed{kRle};
  for (const auto& [proposed, accepted] :
       {std::pair{kScp, kScp}, {kBoth, kScp}, {kDefault, kDefault}}) {
    const auto answer = answer_commitment_context(both, proposed);
    CHECK(answer.kind == Kind::kAccepted);
    CHECK(answer.transfer_syntax == kExplicit);
    CHECK(answer.role == accepted);
    CHECK(answer_commitment_context(implicit, proposed).transfer_syntax == kImplicit);
    CHECK(answer_commitment_context(compressed, proposed).kind ==
          Kind::kTransferSyntaxesNotSupported);
  }
  // We do not commit to keep anything for others.
  CHECK(answer_commitment_context(both, kScu).kind == Kind::kAbstractSyntaxNotSupported);
  CHECK(answer_context("1.2.840.10008.1.20.1", both).kind == Kind::kAbstractSyntaxNotSupported);
}
