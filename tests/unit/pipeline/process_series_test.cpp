#include "pipeline/process_series.h"

#include <algorithm>
#include <thread>

#include "pipeline/result_identity.h"
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

}  // namespace

TEST_CASE_FIXTURE(SeriesFixture, "process_series: the result's UIDs follow from the work") {
  const auto result = process();
  REQUIRE(result);
  const ResultUids expected = result_uids(kDigest, segmenter.info().sha256, encoder.settings());
  CHECK(result->uids.series == expected.series);
  CHECK(result->uids.sop == expected.sop);
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: the result's file has the name of its instance") {
  const auto result = process();
  REQUIRE(result);
  CHECK(result->file == folders.results / (result->uids.sop.str() + ".dcm"));
  CHECK(read_file(result->file) == result->uids.sop.str());
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: reads the files it was given") {
  REQUIRE(process());
  CHECK(reader.files() == kFiles);
}

TEST_CASE_FIXTURE(SeriesFixture, "process_series: passes on volumes, notes and the time") {
  const auto result = process();
  REQUIRE(result);
  REQUIRE(result->segments.size() == 1);
  CHECK(result->segments[0].voxels == 2);
  CHECK(result->log.notes == std::vector<std::string>{"a note of the reader"});
  CHECK(encoder.created_at() == now());
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
    encoder.fail(Error{ErrorCode::kInvalidInput, "no patient"});
    expected = "encode the segmentation: no patient";
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
