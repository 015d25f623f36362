#include "dicomseg/result_writer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "dicomseg/picture_reader.h"
#include "tests/unit/dicomseg/report_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

namespace {

using Profile = ViewerProfile;

/// A series with labels and findings, written by a profile.
struct Written : Reported {
  explicit Written(const Profile& profile) {
    const fs::path results = dir / "results";
    fs::create_directory(results);
    auto done = DcmResultWriter().write(request(), profile, results);
    if (!done) FAIL(done.error().message);
    objects = std::move(*done);
  }
  [[nodiscard]] std::vector<ResultKind> kinds() const {
    std::vector<ResultKind> all;
    for (const ResultObject& object : objects) all.push_back(object.kind);
    return all;
  }
  std::vector<ResultObject> objects;
};

constexpr auto kSeg = ResultKind::kSegmentation;
constexpr auto kReport = ResultKind::kReport;
constexpr auto kPictures = ResultKind::kPictures;
using Kinds = std::vector<ResultKind>;

}  // namespace

TEST_CASE("result writer: segmentations, report and pictures, in series of their own") {
  const Written all({.report = Profile::Report::kSr, .pictures = Profile::Pictures::kMultiFrame});
  REQUIRE(all.kinds() == Kinds{kSeg, kReport, kPictures});
  std::set<std::string> numbers;
  std::set<std::string> series;
  for (const ResultObject& object : all.objects) {
    CHECK(object.file.filename() == object.sop.str() + ".dcm");
    CHECK(value(object.file, DCM_SOPInstanceUID) == object.sop.str());
    CHECK(value(object.file, DCM_SeriesInstanceUID) == object.series.str());
    numbers.insert(value(object.file, DCM_SeriesNumber));
    series.insert(object.series.str());
  }
  CHECK(numbers == std::set<std::string>{"9001", "9101", "9201"});
  CHECK(series.size() == 3);
}

TEST_CASE("result writer: the report refers to the segmentations that were written") {
  const Written all({.objects = Profile::Objects::kPerClass, .report = Profile::Report::kSr});
  REQUIRE(all.kinds() == Kinds{kSeg, kSeg, kSeg, kSeg, kReport});
  std::set<std::string> referenced;
  for (const auto& [series, instances] : evidence_of(all.objects[4].file)) {
    referenced.insert(instances.begin(), instances.end());
  }
  for (std::size_t i = 0; i < 4; ++i) CHECK(referenced.contains(all.objects[i].sop.str()));
}

TEST_CASE("result writer: without segmentations there can be pictures") {
  const Written one({.segmentation = Profile::Segmentation::kNone,
                     .classes = Profile::Classes::kMerged,
                     .pictures = Profile::Pictures::kMultiFrame});
  CHECK(one.kinds() == Kinds{kPictures});
}

TEST_CASE("result writer: pictures can be read back, and the report is there as text") {
  const Written all({.report = Profile::Report::kSr, .pictures = Profile::Pictures::kMultiFrame});
  const auto pictures = read_pictures(all.objects.at(2).file);
  REQUIRE(pictures);
  CHECK(pictures->size() == std::stoul(value(all.objects[2].file, DCM_NumberOfFrames)));
  const RgbImage& first = pictures->front();
  CHECK(first.pixels.size() == static_cast<std::size_t>(first.width * first.height) * 3);
  CHECK(std::ranges::count(first.pixels, 0) < std::ssize(first.pixels));
  CHECK(all.objects[1].text.find("not for clinical use") != std::string::npos);
  CHECK_FALSE(read_pictures(all.objects[0].file));
}

TEST_CASE("result writer: single pictures are one series") {
  const Written single({.pictures = Profile::Pictures::kSingleFrames});
  REQUIRE(single.objects.size() > 3);
  for (std::size_t i = 1; i < single.objects.size(); ++i) {
    CHECK(single.objects[i].kind == kPictures);
    CHECK(single.objects[i].series == single.objects[1].series);
    CHECK(value(single.objects[i].file, DCM_InstanceNumber) == std::to_string(i));
  }
}

TEST_CASE("result writer: settings name everything that changes a result") {
  const DcmResultWriter writer;
  std::set<std::string> all;
  for (const Profile& profile :
       {Profile{}, Profile{.name = "other"},
        Profile{.segmentation = Profile::Segmentation::kLabelMap},
        Profile{.objects = Profile::Objects::kPerClass},
        Profile{.classes = Profile::Classes::kMerged},
        Profile{.colours = Profile::Colours::kArteriesRed},
        Profile{.empty_frames = Profile::EmptyFrames::kKeep},
        Profile{.encoding = Profile::Encoding::kDeflated}, Profile{.report = Profile::Report::kSr},
        Profile{.pictures = Profile::Pictures::kMultiFrame}}) {
    all.insert(writer.settings(profile));
  }
  CHECK(all.size() == 10);
  CHECK(all.begin()->find('\n') == std::string::npos);
  CHECK(DcmResultWriter({.series_number = 9003}).settings({}) != writer.settings({}));
}
