#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "pipeline/domain/implementation.h"
#include "scp/association_policy.h"
#include "scp/commitment_report.h"
#include "scp/dimse_status.h"
#include "scp/presentation_contexts.h"
#include "tests/support/temp_dir.h"

using namespace hilum::scp;

namespace {

/// The text of a section of CONFORMANCE.md, from its heading to the next one.
std::string section(const std::string& heading) {
  const auto text = hilum::test::read_file(HILUM_CONFORMANCE_MD);
  const auto begin = text.find("\n## " + heading + "\n");
  REQUIRE_MESSAGE(begin != std::string::npos, heading);
  return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

/// The first column of its table rows, without back quotes, in order.
std::vector<std::string> first_column(const std::string& text) {
  std::vector<std::string> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kStart = "| `";
    if (!line.starts_with(kStart)) continue;
    values.push_back(line.substr(kStart.size(), line.find('`', kStart.size()) - kStart.size()));
  }
  return values;
}

}  // namespace

TEST_CASE("conformance: the transfer syntaxes are those of the code, in order of preference") {
  std::vector<std::string> code;
  for (const auto& syntax : storage_transfer_syntaxes()) code.emplace_back(syntax.uid);
  CHECK(first_column(section("Transfer syntaxes")) == code);
}

TEST_CASE("conformance: the SOP classes are those of the code") {
  const auto listed = first_column(section("SOP classes known by name"));
  std::set<std::string> code{std::string(kVerificationSopClass),
                             std::string(kStorageCommitmentSopClass)};
  for (const char* uid : named_storage_classes()) code.insert(uid);
  CHECK(std::set<std::string>(listed.begin(), listed.end()) == code);
  CHECK(listed.size() == code.size());
}

TEST_CASE("conformance: the status codes are those of the code") {
  std::vector<std::string> code;
  for (const auto status : statuses_we_send()) code.push_back(fmt::format("{:04X}", status));
  CHECK(first_column(section("Status codes")) == code);
}

TEST_CASE("conformance: the status codes of answers to reports are those of the code") {
  std::vector<std::string> code;
  for (const auto status : report_statuses_we_send()) code.push_back(fmt::format("{:04X}", status));
  CHECK(first_column(section("Status codes for reports")) == code);
}

TEST_CASE("conformance: the reasons of rejection are those of the code") {
  std::vector<std::string> code;
  for (const auto& reason : {kNoReasonGiven, kContextNameNotSupported, kCallingAeNotRecognized,
                             kCalledAeNotRecognized, kTemporaryCongestion, kLocalLimitExceeded}) {
    code.push_back(fmt::format("{}/{}/{}", reason.result, reason.source, reason.reason));
  }
  CHECK(first_column(section("Rejections")) == code);
}

TEST_CASE("conformance: the statement names this implementation") {
  const auto text = hilum::test::read_file(HILUM_CONFORMANCE_MD);
  CHECK(text.find("`" + hilum::implementation_class_uid() + "`") != std::string::npos);
  CHECK(text.find(fmt::format("`{}`", hilum::kImplementationVersionName)) != std::string::npos);
}
