#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "dicomseg/dicom_access.h"
#include "tests/unit/dicomseg/hospital_patients.h"
#include "tests/unit/dicomseg/seg_source.h"

/// What every segmentation has to be, for every kind of series that hospitals send: one table, so
/// that no kind is tested in some ways only.
using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

namespace {

/// A series on disk, and which of its voxels are marked.
struct Kind {
  std::string name;
  std::function<std::vector<fs::path>(const TempDir&)> write;
  std::function<void(LabelMap&)> change{};
};

Kind of_grid(const std::string& name, const NamedGrid& grid, std::array<int, 3> size = {6, 11, 13},
             const CtSeriesOptions& options = {}) {
  return {name, [=](const TempDir& dir) {
            auto files =
                write_ct_series(numbered_volume(geometry_of(grid, size)), options, dir.path());
            REQUIRE_MESSAGE(files, files.error().message);
            return *files;
          }};
}

/// The same with something done to its files.
Kind changed(Kind kind, const std::string& name,
             const std::function<void(std::vector<fs::path>&)>& change) {
  return {name, [=](const TempDir& dir) {
            auto files = kind.write(dir);
            change(files);
            return files;
          }};
}

std::vector<Kind> kinds() {
  std::vector<Kind> all;
  for (const NamedGrid& grid : grids()) all.push_back(of_grid(grid.name, grid));
  const NamedGrid axial = grids()[0];
  all.push_back(changed(of_grid("", axial, {14, 11, 13}), "images missing", [](auto& files) {
    files.erase(files.begin() + 8);
    files.erase(files.begin() + 3, files.begin() + 5);
  }));
  all.push_back(changed(of_grid("", axial, {9, 11, 13}), "an image moved", [](auto& files) {
    edit_dicom(files[8], [](DcmDataset& d) {
      d.putAndInsertString(DCM_ImagePositionPatient, "-40\\-60\\18.1");
    });
  }));
  all.push_back({"Enhanced CT", [](const TempDir& dir) {
                   const Volume volume = numbered_volume(geometry_of(grids()[7], {6, 11, 13}));
                   return std::vector{write_enhanced_ct(volume, dir / "e.dcm")};
                 }});
  all.push_back(of_grid("513 x 511", axial, {3, 513, 511}));
  Kind one_slice = of_grid("one slice with a vessel", axial);
  one_slice.change = [](LabelMap& map) {
    std::ranges::fill(map.label, std::uint8_t{0});
    map.label[map.geometry.index(2, 4, 5)] = 3;
  };
  all.push_back(one_slice);
  Kind nothing = of_grid("nothing found", axial);
  nothing.change = [](LabelMap& map) { std::ranges::fill(map.label, std::uint8_t{0}); };
  all.push_back(nothing);
  for (const CtSeriesOptions& patient : hospital_patients()) {
    all.push_back(of_grid("name in " + patient.character_set, axial, {4, 8, 9}, patient));
  }
  all.push_back(changed(of_grid("", axial), "lossy source", [](auto& files) {
    edit_dicom(files[2], [](DcmDataset& d) {
      d.putAndInsertString(DCM_LossyImageCompression, "01");
      d.putAndInsertString(DCM_LossyImageCompressionRatio, "12.5");
      d.putAndInsertString(DCM_LossyImageCompressionMethod, "ISO_10918_1");
    });
  }));
  return all;
}

/// Number of items of a sequence at the top of a data set.
unsigned long items(DcmItem& dataset, const DcmTagKey& sequence) {
  DcmSequenceOfItems* found = nullptr;
  return dataset.findAndGetSequence(sequence, found).good() ? found->card() : 0;
}

void check_functional_groups(DcmDataset& seg, const Segmentation& read) {
  CHECK(integer_of(seg, DCM_NumberOfFrames) == static_cast<long>(read.frames.size()));
  CHECK(items(seg, DCM_PerFrameFunctionalGroupsSequence) == read.frames.size());
  CHECK(items(seg, DCM_SharedFunctionalGroupsSequence) == 1);
  CHECK(items(seg, DCM_ReferencedSeriesSequence) == 1);
}

/// Bytes of what identifies patient, study and place.
void check_identity(DcmDataset& seg, DcmDataset& source) {
  const auto bytes = [](DcmDataset& from, const DcmTagKey& tag) {
    OFString text;
    from.findAndGetOFStringArray(tag, text);
    return std::string(text.c_str());
  };
  for (const DcmTagKey& tag :
       {DCM_SpecificCharacterSet, DCM_PatientName, DCM_PatientID, DCM_PatientBirthDate,
        DCM_PatientSex, DCM_StudyInstanceUID, DCM_StudyDate, DCM_FrameOfReferenceUID, DCM_Rows}) {
    CAPTURE(tag.toString().c_str());
    CHECK(bytes(seg, tag) == bytes(source, tag));
  }
}

/// The geometry of each frame is that of its image in the image's own words.
void check_places(DcmDataset& seg, const LoadedSeries& loaded) {
  std::map<std::pair<std::string, int>, std::string> positions;
  std::set<std::string> orientations;
  for (const SourceFrame& frame : loaded.frames) {
    DcmFileFormat format;
    REQUIRE(format.loadFile(frame.file.c_str()).good());
    DcmDataset& image = *format.getDataset();
    const auto group = [&](const DcmTagKey& sequence) -> DcmItem& {
      return frame.frame_number == 0 ? image
                                     : *functional_group(image, sequence, frame.frame_number - 1);
    };
    positions[{frame.sop.str(), frame.frame_number}] =
        text_of(group(DCM_PlanePositionSequence), DCM_ImagePositionPatient);
    orientations.insert(text_of(group(DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient));
  }
  const auto frames = static_cast<int>(items(seg, DCM_PerFrameFunctionalGroupsSequence));
  for (int f = 0; f < frames; ++f) {
    DcmItem* derivation = functional_group(seg, DCM_DerivationImageSequence, f);
    DcmItem* source = nullptr;
    REQUIRE(derivation != nullptr);
    REQUIRE(derivation->findAndGetSequenceItem(DCM_SourceImageSequence, source).good());
    const int number = static_cast<int>(integer_of(*source, DCM_ReferencedFrameNumber).value_or(0));
    CHECK(text_of(*functional_group(seg, DCM_PlanePositionSequence, f), DCM_ImagePositionPatient) ==
          positions.at({text_of(*source, DCM_ReferencedSOPInstanceUID), number}));
  }
  CHECK(orientations.contains(text_of(*functional_group(seg, DCM_PlaneOrientationSequence, 0),
                                      DCM_ImageOrientationPatient)));
}

/// The labels as the segmentation has to show them: nothing where there is no image.
std::vector<std::uint8_t> shown(const LoadedSeries& loaded, const LabelMap& labels) {
  std::vector<std::uint8_t> voxels;
  const auto slice = static_cast<std::ptrdiff_t>(labels.geometry.index(1, 0, 0));
  for (const SourceFrame& frame : loaded.frames) {
    const auto from = labels.label.begin() + frame.slice * slice;
    voxels.insert(voxels.end(), from, from + slice);
  }
  return voxels;
}

/// What pydicom reads, as one byte per voxel; nothing when it is not installed.
std::optional<std::string> by_pydicom(const fs::path& file, const TempDir& dir) {
  if (run_command("/usr/bin/python3 -c 'import pydicom, numpy'").exit_status != 0) {
    return std::nullopt;
  }
  const fs::path raw = dir / "pixels";
  const auto done = run_command(
      fmt::format("/usr/bin/python3 -c 'import pydicom; pydicom.dcmread(\"{}\").pixel_array"
                  ".astype(\"uint8\").tofile(\"{}\")'",
                  file.string(), raw.string()));
  REQUIRE_MESSAGE(done.exit_status == 0, done.output);
  return read_file(raw);
}

/// Both readers show exactly the labels.
void check_voxels(const fs::path& file, const Segmentation& seg, const LoadedSeries& loaded,
                  const LabelMap& labels, const TempDir& dir) {
  const auto images = images_of_frames(seg, loaded, kPlacementToleranceMm);
  REQUIRE_MESSAGE(images, images.error().message);
  const auto theirs = by_pydicom(file, dir);
  if (!theirs) MESSAGE("python3-pydicom is not installed");
  const auto slice = static_cast<std::size_t>(seg.rows) * static_cast<std::size_t>(seg.columns);
  if (theirs) REQUIRE(theirs->size() == seg.frames.size() * slice);
  std::vector<std::uint8_t> ours(loaded.frames.size() * slice);
  std::size_t different = 0;
  for (std::size_t f = 0; f < seg.frames.size(); ++f) {
    for (std::size_t i = 0; i < slice; ++i) {
      const int row = static_cast<int>(i) / seg.columns;
      const int number = seg.segment_at(f, row, static_cast<int>(i) % seg.columns);
      if (number != 0) ours[(*images)[f] * slice + i] = static_cast<std::uint8_t>(number);
      if (theirs) different += ((*theirs)[f * slice + i] != 0) != (number != 0) ? 1 : 0;
    }
  }
  CHECK(different == 0);
  CHECK((ours == shown(loaded, labels)));
}

}  // namespace

TEST_CASE("seg acceptance: every kind of series gives a segmentation that is right in every way") {
  const ModelInfo model = vessel_model();
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    const TempDir dir;
    const auto files = kind.write(dir);
    const LoadedSeries loaded = load(files);
    LabelMap labels = some_labels(loaded.volume.geometry, 4);
    if (kind.change) kind.change(labels);
    const Findings findings;
    const ResultIdentity identity(kind.name);
    const auto written = write_segmentations({loaded, labels, model, findings, identity, kCreated},
                                             {}, {}, dir.path());
    REQUIRE_MESSAGE(written, written.error().message);
    const fs::path file = written->objects.at(0).file;

    check_valid(file, files[0]);
    DcmFileFormat format;
    DcmFileFormat source;
    REQUIRE(format.loadFile(file.c_str()).good());
    REQUIRE(source.loadFile(loaded.frames[0].file.c_str()).good());
    const Segmentation seg = reread(file);
    check_functional_groups(*format.getDataset(), seg);
    check_identity(*format.getDataset(), *source.getDataset());
    check_places(*format.getDataset(), loaded);
    check_voxels(file, seg, loaded, labels, dir);
    REQUIRE(seg.segments.size() == 4);
    for (std::size_t n = 0; n < 4; ++n) {
      const SegmentSpec& meant = model.segments[n];
      CHECK(seg.segments[n].number == static_cast<int>(n) + 1);
      CHECK(seg.segments[n].spec.label == meant.label);
      CHECK(seg.segments[n].spec.type == meant.type);
      CHECK(seg.segments[n].spec.type_modifier == meant.type_modifier);
    }
    CHECK(value(file, DCM_LossyImageCompression) == (kind.name == "lossy source" ? "01" : "00"));
  }
}
