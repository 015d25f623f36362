#include "dicomseg/seg_gate.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <string>

#include "dicomseg/dicom_access.h"
#include "tests/unit/dicomseg/seg_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

namespace {

/// A segmentation on disk, and the request that it was written for.
struct Written {
  explicit Written(const ViewerProfile& asked = {}) : profile(asked) {
    file = source.encode(model, {}, {}, profile);
    layout = seg_layouts(model, profile).at(0);
    std::vector<int> slices;
    for (const SourceFrame& frame : source.loaded.frames) slices.push_back(frame.slice);
    plan = plan_frames(*count_labels(source.labels, 4), slices, layout,
                       {.kind = profile.segmentation == ViewerProfile::Segmentation::kLabelMap
                                    ? FrameKind::kOfAllSegments
                                    : FrameKind::kOfOneSegment});
    auto read = read_seg_source(source.loaded);
    REQUIRE(read);
    seg_source = std::move(*read);
  }
  /// What the gate says; empty when it lets the file pass.
  [[nodiscard]] std::string judged() const {
    const ResultRequest request{source.loaded,   source.labels,   model,
                                source.findings, source.identity, kCreated};
    const auto passed = check_segmentation(file, {.request = request,
                                                  .options = options,
                                                  .profile = profile,
                                                  .layout = layout,
                                                  .plan = plan,
                                                  .source = seg_source});
    if (passed) return {};
    CHECK(passed.error().code == ErrorCode::kInternal);
    return passed.error().message;
  }
  std::string judged_after(const std::function<void(DcmDataset&)>& change) const {
    edit_dicom(file, change);
    return judged();
  }

  ViewerProfile profile;
  ModelInfo model = vessel_model();
  SegOptions options;
  Source source;
  fs::path file;
  SegLayout layout;
  SegPlan plan;
  SegSource seg_source;
};

DcmItem& frame_group(DcmDataset& dataset, const DcmTagKey& group, long frame) {
  DcmItem* item = functional_group(dataset, group, frame);
  REQUIRE(item != nullptr);
  return *item;
}

bool says(const std::string& message, std::string_view part) {
  CAPTURE(message);
  return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("seg gate: what was written passes, in every profile") {
  CHECK(Written().judged().empty());
  CHECK(Written({.segmentation = ViewerProfile::Segmentation::kLabelMap}).judged().empty());
  CHECK(Written({.classes = ViewerProfile::Classes::kMerged}).judged().empty());
  CHECK(Written({.colours = ViewerProfile::Colours::kArteriesRed}).judged().empty());
}

TEST_CASE("seg gate: a mirrored or shifted overlay does not pass") {
  SUBCASE("columns run the other way") {
    const std::string why = Written().judged_after([](DcmDataset& d) {
      frame_group(d, DCM_PlaneOrientationSequence, 0)
          .putAndInsertString(DCM_ImageOrientationPatient, "-1\\0\\0\\0\\1\\0");
    });
    CHECK(says(why, "orientation"));
  }
  SUBCASE("pixels are mirrored") {
    Written written;
    const std::string why = written.judged_after([](DcmDataset& d) {
      const Uint8* bits = nullptr;
      unsigned long count = 0;
      REQUIRE(d.findAndGetUint8Array(DCM_PixelData, bits, &count).good());
      std::vector<Uint8> turned(bits, bits + count);
      std::reverse(turned.begin(), turned.end());
      d.putAndInsertUint8Array(DCM_PixelData, turned.data(), count);
    });
    CHECK(says(why, "differs"));
  }
  SUBCASE("one bit is missing") {
    const std::string why = Written().judged_after([](DcmDataset& d) {
      const Uint8* bits = nullptr;
      unsigned long count = 0;
      REQUIRE(d.findAndGetUint8Array(DCM_PixelData, bits, &count).good());
      std::vector<Uint8> changed(bits, bits + count);
      const auto some = std::ranges::find_if(changed, [](Uint8 byte) { return byte != 0; });
      REQUIRE(some != changed.end());
      *some = static_cast<Uint8>(*some & (*some - 1));
      d.putAndInsertUint8Array(DCM_PixelData, changed.data(), count);
    });
    CHECK(says(why, "differs"));
  }
  SUBCASE("a frame lies elsewhere") {
    const std::string why = Written().judged_after([](DcmDataset& d) {
      frame_group(d, DCM_PlanePositionSequence, 1)
          .putAndInsertString(DCM_ImagePositionPatient, "-39\\-60\\8.75");
    });
    CHECK(says(why, "frame 2"));
  }
  SUBCASE("pixels are larger") {
    const std::string why = Written().judged_after([](DcmDataset& d) {
      frame_group(d, DCM_PixelMeasuresSequence, 0).putAndInsertString(DCM_PixelSpacing, "0.9\\0.7");
    });
    CHECK(says(why, "pixel spacing"));
  }
}

TEST_CASE("seg gate: segments and references must be those of the request") {
  const auto segment = [](DcmDataset& d) -> DcmItem& {
    DcmItem* item = item_of(d, DCM_SegmentSequence, 0);
    REQUIRE(item != nullptr);
    return *item;
  };
  SUBCASE("side") {
    const std::string why = Written().judged_after([&](DcmDataset& d) {
      DcmItem* type = item_of(segment(d), DCM_SegmentedPropertyTypeCodeSequence);
      item_of(*type, DCM_SegmentedPropertyTypeModifierCodeSequence)
          ->putAndInsertString(DCM_CodeValue, "24028007");
    });
    CHECK(says(why, "segment 1 is described differently"));
  }
  SUBCASE("colour") {
    const std::string why = Written().judged_after([&](DcmDataset& d) {
      const Uint16 black[] = {0, 32896, 32896};
      segment(d).putAndInsertUint16Array(DCM_RecommendedDisplayCIELabValue, black, 3);
    });
    CHECK(says(why, "segment 1"));
  }
  SUBCASE("frame of reference") {
    CHECK(says(Written().judged_after(
                   [](DcmDataset& d) { d.putAndInsertString(DCM_FrameOfReferenceUID, "1.2.3"); }),
               "frame of reference"));
  }
  SUBCASE("study") {
    CHECK(says(Written().judged_after(
                   [](DcmDataset& d) { d.putAndInsertString(DCM_StudyInstanceUID, "1.2.3"); }),
               "study"));
  }
  SUBCASE("referenced series") {
    CHECK(says(Written().judged_after(
                   [](DcmDataset& d) { d.findAndDeleteElement(DCM_ReferencedSeriesSequence); }),
               "refers to"));
  }
  SUBCASE("an image that it does not list") {
    CHECK(says(Written().judged_after([](DcmDataset& d) {
      DcmItem* series = item_of(d, DCM_ReferencedSeriesSequence);
      item_of(*series, DCM_ReferencedInstanceSequence, 2)
          ->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.3");
    }),
               "does not refer to SOP instance"));
  }
  SUBCASE("the image of another slice") {
    CHECK(says(Written().judged_after([](DcmDataset& d) {
      DcmItem& derivation = frame_group(d, DCM_DerivationImageSequence, 0);
      item_of(derivation, DCM_SourceImageSequence)
          ->putAndInsertString(DCM_ReferencedSOPInstanceUID, "1.2.3");
    }),
               "frame 1 refers to another image"));
  }
}

TEST_CASE("seg gate: a label that no frame shows is missed, also in a label map") {
  for (const auto kind :
       {ViewerProfile::Segmentation::kBinary, ViewerProfile::Segmentation::kLabelMap}) {
    Written written({.segmentation = kind});
    // As if the plan had overlooked a slice: the request has voxels where no frame is.
    written.source.labels.label.back() = 1;
    written.source.labels.label.front() = 1;
    CHECK_FALSE(written.judged().empty());
  }
}

TEST_CASE("seg gate: a truncated file does not pass") {
  const Written written;
  fs::resize_file(written.file, fs::file_size(written.file) - 4);
  CHECK_FALSE(written.judged().empty());
}
