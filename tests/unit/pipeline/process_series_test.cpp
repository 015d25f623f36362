#include "pipeline/process_series.h"

#include <algorithm>
#include <thread>

#include "pipeline/result_identity.h"
#include "tests/support/eventually.h"
#include "tests/unit/pipeline/processing_fixture.h"

using namespace hilum;
using namespace hilum::pipeline;
using namespace hilum::test;

namespace {

const std::string kDigest(64, '7');
const std::vector<std::filesystem::path> kFiles{"/spool/1.dcm", "/spool/2.dcm"};

struct SeriesFixture : ProcessingFixture {
  std::vector<double> progress;

  Result<SeriesResult> process(std::stop_token stop = {}) {
    return process_series(
        tools, kFiles, kDigest, folders.results, [this](double p) { progress.push_back(p); }, stop);
  }
};

const ResultObject& only_object(const SeriesResult& result) {
  REQUIRE(result.packages.size() == 1);
  REQUIRE(result.packages[0].objects.size() == 1);
  return result.packages[0].objects[0];
}

}  // namespace

TEST_CASE_FIXTURE(SeriesFixture, "process_series: the result's UIDs follow from the work") {
  const auto result = process();
  REQUIRE(result);
  const ResultIdentity expected =
      result_identity(kDigest, segmenter.info().sha256, writer.settings({}));
  CHECK(only_object(*result).series == expected.series("seg"));
  CHECK(only_object(*result).sop == expected.sop("seg"));
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: the result's file has the name of its instance") {
  const auto result = process();
  REQUIRE(result);
  const ResultObject& object = only_object(*result);
  CHECK(object.file == folders.results / (object.sop.str() + ".dcm"));
  CHECK(read_file(object.file) == object.sop.str());
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: reads the files it was given") {
  REQUIRE(process());
  CHECK(reader.files() == kFiles);
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: passes on findings, notes and the time") {
  Findings findings;
  findings.segments = {{.voxels = 2, .millilitres = 0.5}};
  findings.doubts = {{DoubtKind::kOutsideLungs, "half of it lies outside"}};
  examiner.find(findings);
  const auto result = process();
  REQUIRE(result);
  REQUIRE(result->findings.segments.size() == 1);
  CHECK(result->findings.segments[0].voxels == 2);
  CHECK(result->log.notes ==
        std::vector<std::string>{"a note of the reader", "half of it lies outside"});
  CHECK(writer.created_at() == now());
  CHECK(result->hold.empty());
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: each profile has a package of its own") {
  tools.profiles = {{.name = "plain"}, {.name = "full", .report = ViewerProfile::Report::kSr}};
  const auto result = process();
  REQUIRE(result);
  REQUIRE(result->packages.size() == 2);
  CHECK(result->packages[0].profile == "plain");
  CHECK(result->packages[0].objects.size() == 1);
  CHECK(result->packages[1].profile == "full");
  CHECK(result->packages[1].objects.size() == 2);
  CHECK(result_files() == 3);  // no UID is used twice
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: a result is held for the doubts that are named") {
  Findings findings;
  findings.doubts = {{DoubtKind::kSidesSwapped, "left is right"},
                     {DoubtKind::kFieldOfViewCut, "cut at the feet"},
                     {DoubtKind::kImplausibleVolume, "too large"}};
  examiner.find(findings);
  CHECK(process()->hold.empty());
  tools.hold = {DoubtKind::kClassMissing};
  CHECK(process()->hold.empty());
  tools.hold = {DoubtKind::kSidesSwapped, DoubtKind::kImplausibleVolume};
  CHECK(process()->hold == "left is right; too large");
}

TEST_CASE_FIXTURE(SeriesFixture,
                  "process_series: doubts about the images are doubts about the result") {
  Findings findings;
  findings.doubts = {{DoubtKind::kSidesSwapped, "left is right"}};
  examiner.find(findings);
  reader.doubt({{DoubtKind::kSlicesMissing, "2 slices are missing"}});
  tools.hold = {DoubtKind::kSlicesMissing};
  const auto result = process();
  REQUIRE(result);
  REQUIRE(result->findings.doubts.size() == 2);
  CHECK(result->findings.doubts[0].kind == DoubtKind::kSidesSwapped);
  CHECK(result->findings.doubts[1].kind == DoubtKind::kSlicesMissing);
  CHECK(result->hold == "2 slices are missing");
  CHECK(result->log.notes.back() == "2 slices are missing");
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: the progress grows to the end") {
  REQUIRE(process());
  REQUIRE(progress.size() >= 3);
  CHECK(std::is_sorted(progress.begin(), progress.end()));
  CHECK(progress.back() == 1.0);
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: works without anybody who watches the progress") {
  CHECK(process_series(tools, kFiles, kDigest, folders.results, {}, {}));
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: an error says in which step it happened") {
  std::string expected;
  SUBCASE("reading") {
    reader.fail_reads({ErrorCode::kInvalidInput, "no pixels"});
    expected = "read the series: no pixels";
  }
  SUBCASE("encoding") {
    writer.fail(Error{ErrorCode::kInvalidInput, "no patient"});
    expected = "write the result: no patient";
  }
  const auto result = process();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kInvalidInput);
  CHECK(result.error().message == expected);
  CHECK(result_files() == 0);
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: stop ends the wait for the device") {
  const auto busy = segmenter.device.enter({});
  std::stop_source stop;
  // Requested when reading is done, so that it is the wait that sees it.
  const auto result = process_series(
      tools, kFiles, kDigest, folders.results, [&](double) { stop.request_stop(); },
      stop.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kCancelled);
  CHECK(segmenter.started() == 0);
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: whoever was stopped gives the device back") {
  std::stop_source stop;
  segmenter.hold();
  std::jthread stopping([&] {
    static_cast<void>(eventually([&] { return segmenter.inside() == 1; }));
    stop.request_stop();
  });
  CHECK_FALSE(process(stop.get_token()));
  segmenter.release();
  CHECK(process());
}

TEST_CASE_FIXTURE(SeriesFixture,
                  "process_series: whoever is stopped after segmenting leaves no result") {
  std::stop_source stop;
  const auto result = process_series(
      tools, kFiles, kDigest, folders.results,
      [&](double done) {
        if (done > 0.9) stop.request_stop();
      },
      stop.get_token());
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::kCancelled);
  CHECK(result_files() == 0);
}
