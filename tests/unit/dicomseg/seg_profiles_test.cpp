#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "dicomseg/seg_layout.h"
#include "tests/unit/dicomseg/seg_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

namespace {

/// `map` with every label replaced by its segment.
std::vector<std::uint8_t> segments_of(const LabelMap& map, const SegmentOfLabel& segment_of) {
  std::vector<std::uint8_t> segments;
  for (const std::uint8_t label : map.label) segments.push_back(segment_of[label]);
  return segments;
}

std::string transfer_syntax(const fs::path& file) {
  DcmFileFormat format;
  REQUIRE(format.loadFile(file.c_str()).good());
  return DcmXfer(format.getDataset()->getOriginalXfer()).getXferID();
}

}  // namespace

TEST_CASE("seg profiles: classes in objects of their own, each in a series with its name") {
  Source source;
  const ModelInfo model = vessel_model();
  source.encode(model, {}, {}, {.objects = ViewerProfile::Objects::kPerClass});
  REQUIRE(source.segmentations.objects.size() == 4);
  std::set<std::string> series;
  std::set<std::string> tracking;
  for (std::size_t k = 0; k < 4; ++k) {
    CAPTURE(k);
    const ResultObject& object = source.segmentations.objects[k];
    const Segmentation seg = reread(object.file);
    CHECK(seg.sop == object.sop.str());
    CHECK(seg.segments.size() == 1);
    SegmentOfLabel only{};
    only[k + 1] = 1;
    CHECK(place_on(seg, source.loaded)->label == segments_of(source.labels, only));
    CHECK(value(object.file, DCM_SeriesDescription) ==
          model.segments[k].label + ", not for clinical use");
    series.insert(seg.series);
    tracking.insert(source.segmentations.segments.at(k).tracking_uid);
    CHECK(source.segmentations.segments[k].segmentation == object.sop);
    check_valid(object.file, source.files[0]);
  }
  CHECK(series.size() == 4);
  CHECK(tracking.size() == 4);
}

TEST_CASE("seg profiles: arteries and veins without sides") {
  Source source;
  const fs::path file =
      source.encode(vessel_model(), {}, {}, {.classes = ViewerProfile::Classes::kMerged});
  const Segmentation seg = reread(file);
  REQUIRE(seg.segments.size() == 2);
  CHECK(seg.segments[0].spec.label == "Pulmonary arteries");
  CHECK(place_on(seg, source.loaded)->label ==
        segments_of(source.labels, SegmentOfLabel{0, 1, 2, 1, 2}));
  CHECK(source.segmentations.segments.at(1).labels == std::vector{2, 4});
  check_valid(file, source.files[0]);
}

TEST_CASE("seg profiles: a label map holds all segments in one frame per slice") {
  for (const std::array<int, 3> size : {std::array{6, 11, 13}, {3, 5, 5}}) {
    CAPTURE(size[1] * size[2]);
    Source source(size);
    const fs::path file = source.encode(vessel_model(), {}, {},
                                        {.segmentation = ViewerProfile::Segmentation::kLabelMap});
    const Segmentation seg = reread(file);
    CHECK(seg.kind == SegPixels::kNumbers);
    CHECK(place_on(seg, source.loaded)->label == source.labels.label);
    CHECK(seg.frames.size() <= static_cast<std::size_t>(size[0]));
    for (const SegFrameInfo& frame : seg.frames) CHECK(frame.dimension_indices.size() == 1);
    CHECK(value(file, DCM_SOPClassUID) == "1.2.840.10008.5.1.4.1.1.66.7");
    CHECK(value(file, DCM_SegmentationType) == "LABELMAP");
    CHECK(source.segmentations.segments.at(0).segmentation_class.str() ==
          "1.2.840.10008.5.1.4.1.1.66.7");
  }
}

TEST_CASE("seg profiles: empty frames are kept, so that every segment has every slice") {
  Source source({6, 11, 13});
  const fs::path file =
      source.encode(vessel_model(), {}, {}, {.empty_frames = ViewerProfile::EmptyFrames::kKeep});
  const Segmentation seg = reread(file);
  CHECK(seg.frames.size() == 24);
  CHECK(place_on(seg, source.loaded)->label == source.labels.label);
  check_valid(file, source.files[0]);
}

TEST_CASE("seg profiles: deflated files hold the same and are small") {
  Source source({12, 128, 128});
  const fs::path plain = source.encode();
  const auto plain_size = fs::file_size(plain);
  const Segmentation expected = reread(plain);
  const fs::path file =
      source.encode(vessel_model(), {}, {}, {.encoding = ViewerProfile::Encoding::kDeflated});
  CHECK(transfer_syntax(file) == UID_DeflatedExplicitVRLittleEndianTransferSyntax);
  CHECK(reread(file).pixels == expected.pixels);
  CHECK(fs::file_size(file) * 4 < plain_size);
}

TEST_CASE("seg profiles: one slice with a vessel") {
  Source source({9, 33, 31});
  const fs::path file = source.encode(vessel_model(), [](LabelMap& map) {
    std::ranges::fill(map.label, std::uint8_t{0});
    map.label[map.geometry.index(7, 30, 2)] = 2;
  });
  const Segmentation seg = reread(file);
  CHECK(place_on(seg, source.loaded)->label == source.labels.label);
  CHECK(std::ranges::count_if(seg.frames, [](const auto& f) { return f.segment == 2; }) == 1);
  check_valid(file, source.files[0]);
}

TEST_CASE("seg profiles: 513 x 511, of which no frame ends with a byte") {
  Source source({3, 513, 511});
  const fs::path file = source.encode();
  CHECK(place_on(reread(file), source.loaded)->label == source.labels.label);
  check_valid(file, source.files[0]);
}

TEST_CASE("seg profiles: what is doubtful stands where viewers show it") {
  Source source;
  source.findings.doubts = {{DoubtKind::kSidesSwapped, "Left artery lies in the right lung"},
                            {DoubtKind::kFieldOfViewCut, "Lungs are cut at the feet"}};
  const fs::path file = source.encode();
  CHECK(value(file, DCM_SeriesDescription) ==
        "CHECK: Pulmonary vessels (AI), not for clinical use");
  CHECK(value(file, DCM_ContentDescription) == "CHECK: AI result, not for clinical use");
  CHECK(value(file, DCM_ImageComments) ==
        "Left artery lies in the right lung. Lungs are cut at the feet.");
  check_valid(file, source.files[0]);
}
