#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "dicomseg/slice_filling.h"
#include "dicomseg/slice_order.h"
#include "tests/unit/dicomseg/read_series.h"
#include "tests/unit/dicomseg/seg_source.h"

/// From a series with missing or unevenly spaced images to its segmentation.
using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

namespace {

const NamedGrid kTilted{"tilted", {0.7, 0, 0}, {0, 0.64, -0.48}, {0, 0, 2.5}};

/// HU rise evenly from slice to slice, so that what is interpolated is exact.
Volume slope(const NamedGrid& grid, int slices) {
  Volume v{geometry_of(grid, {slices, 5, 7}), {}};
  for (int z = 0; z < slices; ++z) {
    for (int i = 0; i < 35; ++i) v.hu.push_back(static_cast<std::int16_t>(100 * z - i));
  }
  return v;
}

/// The series of `volume` without the images of `missing`.
std::vector<fs::path> write_without(const Volume& volume, const std::set<int>& missing,
                                    const TempDir& dir) {
  auto files = write_ct_series(volume, {}, dir.path());
  REQUIRE(files);
  std::vector<fs::path> left;
  for (int z = 0; z < volume.geometry.size[0]; ++z) {
    if (!missing.contains(z)) left.push_back((*files)[static_cast<std::size_t>(z)]);
  }
  return left;
}

void move_to(const fs::path& file, double z_mm) {
  edit_dicom(file, [&](DcmDataset& d) {
    d.putAndInsertString(DCM_ImagePositionPatient, fmt::format("-40\\-60\\{}", z_mm).c_str());
  });
}

/// Writes the segmentation of `source` with its labels; returns it read back.
struct Encoded {
  fs::path file;
  Segmentation seg;
};
Encoded encode(const LoadedSeries& source, const LabelMap& labels, const TempDir& dir) {
  const ModelInfo model = vessel_model();
  const ResultIdentity identity{"uneven"};
  const Findings findings;
  auto written = write_segmentations({source, labels, model, findings, identity, kCreated}, {}, {},
                                     dir.path());
  REQUIRE_MESSAGE(written, written.error().message);
  return {written->objects.at(0).file, reread(written->objects.at(0).file)};
}

/// Empty when it is absent.
std::string spacing_between_slices(const fs::path& file) {
  DcmFileFormat format;
  REQUIRE(format.loadFile(file.c_str()).good());
  OFString text;
  format.getDataset()->findAndGetOFString(DCM_SpacingBetweenSlices, text, 0, OFTrue);
  return text.c_str();
}

/// Along the normal, from images that are next to each other.
double source_spacing_mm(const LoadedSeries& source) {
  const Geometry& g = source.volume.geometry;
  const Vec3 normal = slice_normal({.row_cosines = g.step_mm(0), .column_cosines = g.step_mm(1)});
  const Vec3& a = source.frames[0].position;
  const Vec3& b = source.frames[1].position;
  return (b[0] - a[0]) * normal[0] + (b[1] - a[1]) * normal[1] + (b[2] - a[2]) * normal[2];
}

}  // namespace

TEST_CASE("uneven stack: missing images are bridged in every orientation, with a doubt") {
  auto stacks = grids();
  stacks.push_back(kTilted);
  for (const NamedGrid& grid : stacks) {
    CAPTURE(grid.name);
    const TempDir dir;
    const Volume whole = slope(grid, 13);
    const auto loaded = read(write_without(whole, {2, 3, 6}, dir));
    REQUIRE_MESSAGE(loaded, loaded.error().message);
    CHECK_FALSE(loaded->is_even());
    CHECK(loaded->frames.size() == 10);
    // Descending grids are turned round; then the voxels are those of the whole volume.
    const Volume& read_volume = loaded->volume;
    REQUIRE(read_volume.geometry.size == whole.geometry.size);
    const bool turned = read_volume.hu.front() != whole.hu.front();
    for (int z = 0; z < 13; ++z) {
      const int from = turned ? 12 - z : z;
      CHECK(read_volume.hu[read_volume.geometry.index(z, 2, 3)] ==
            whole.hu[whole.geometry.index(from, 2, 3)]);
      const Vec3 a = read_volume.geometry.to_lps({6, 4, static_cast<double>(z)});
      const Vec3 b = whole.geometry.to_lps({6, 4, static_cast<double>(from)});
      for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(a[i] - b[i]) < 1e-6);
    }
    REQUIRE(loaded->doubts.size() == 1);
    CHECK(loaded->doubts[0].kind == DoubtKind::kSlicesMissing);
    CHECK(loaded->doubts[0].text.find("3 slices are missing") != std::string::npos);
  }
}

TEST_CASE("uneven stack: a segmentation has frames on images only, at their own places") {
  for (const NamedGrid& grid : {grids()[0], kTilted}) {
    CAPTURE(grid.name);
    const TempDir dir;
    const auto files = write_without(slope(grid, 13), {2, 3, 6}, dir);
    const LoadedSeries source = load(files);
    const LabelMap labels = some_labels(source.volume.geometry, 4);
    const auto [file, seg] = encode(source, labels, dir);

    CHECK(seg.frames.size() == 4 * files.size());
    CHECK(std::stod(spacing_between_slices(file)) == doctest::Approx(source_spacing_mm(source)));
    const auto images = images_of_frames(seg, source, kPlacementToleranceMm);
    REQUIRE_MESSAGE(images, images.error().message);
    for (std::size_t f = 0; f < seg.frames.size(); ++f) {
      const SourceFrame& image = source.frames[(*images)[f]];
      CHECK(seg.frames[f].source_sop == image.sop.str());
      std::string position = seg.frames[f].position_text[0];
      for (const std::size_t i : {1U, 2U}) position += "\\" + seg.frames[f].position_text[i];
      CHECK(position == value(image.file, DCM_ImagePositionPatient));
      for (int row = 0; row < 5; ++row) {
        for (int column = 0; column < 7; ++column) {
          const int label = labels.label[labels.geometry.index(image.slice, row, column)];
          const int here = seg.segment_at(f, row, column);
          CHECK(here == (label == seg.frames[f].segment ? label : 0));
        }
      }
    }
    check_valid(file, files[0]);
    // Back on the grid: the labels of images, and in between those of the nearest one.
    LabelMap shown = labels;
    std::vector<int> slices;
    for (const SourceFrame& frame : source.frames) slices.push_back(frame.slice);
    repeat_nearest(shown, slices);
    CHECK(place_on(seg, source)->label == shown.label);
  }
}

TEST_CASE("uneven stack: irregular steps get a finer grid, and frames stay where images are") {
  const TempDir dir;
  const auto files = write_without(slope({"mm", {1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 8), {}, dir);
  const std::vector<double> heights{0, 3, 6, 9, 12, 15, 19.1, 24.3};
  for (std::size_t z = 0; z < files.size(); ++z) move_to(files[z], heights[z]);
  const LoadedSeries source = load(files);
  CHECK(source.frames.size() == 8);
  CHECK(source.volume.geometry.size[0] > 40);
  REQUIRE(source.doubts.size() == 1);
  CHECK(source.doubts[0].text ==
        "The slices are unevenly spaced: by 3.00 to 5.20 mm, most between z positions 19.10 and "
        "24.30 mm. What lies between is interpolated.");
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Vec3 slice =
        source.volume.geometry.to_lps({0, 0, static_cast<double>(source.frames[i].slice)});
    CHECK(std::abs(slice[2] - heights[i]) <= 0.25);
  }
  const LabelMap labels = some_labels(source.volume.geometry, 4);
  const auto [file, seg] = encode(source, labels, dir);
  CHECK(seg.frames.size() == 4 * 8);
  CHECK(spacing_between_slices(file).empty());
  CHECK(images_of_frames(seg, source, kPlacementToleranceMm));
  check_valid(file, files[0]);
}

TEST_CASE("uneven stack: positions that the scanner rounded are an even stack, as they are") {
  const TempDir dir;
  const auto files = write_without(slope({"mm", {1, 0, 0}, {0, 1, 0}, {0, 0, 0.625}}, 9), {}, dir);
  for (std::size_t z = 0; z < files.size(); ++z) {
    move_to(files[z], std::round(6.25 * static_cast<double>(z)) / 10);
  }
  const LoadedSeries source = load(files);
  CHECK(source.is_even());
  CHECK(source.doubts.empty());
  const LabelMap labels = some_labels(source.volume.geometry, 4);
  const auto [file, seg] = encode(source, labels, dir);  // past the geometry gate
  CHECK(spacing_between_slices(file) == "0.625");
  CHECK(place_on(seg, source)->label == labels.label);
}

TEST_CASE("slice filling: labels of the nearest image, of two the lower one") {
  LabelMap map{{}, {1, 0, 0, 0, 2, 0, 3}};
  map.geometry.size = {7, 1, 1};
  const std::vector<int> shown{0, 4, 6};
  repeat_nearest(map, shown);
  CHECK(map.label == std::vector<std::uint8_t>{1, 1, 1, 2, 2, 2, 3});
}
