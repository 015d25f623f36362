#include "dicomseg/seg_writer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/dicomseg/seg_source.h"

using namespace hilum;
using namespace hilum::dicomseg;
using namespace hilum::test;

TEST_CASE("seg writer: an independent reader gets back every voxel, for any matrix") {
  for (const std::array<int, 3> size :
       {std::array{6, 11, 13}, {2, 1, 1}, {2, 8, 8}, {3, 5, 5}, {3, 3, 1}, {4, 16, 17}}) {
    CAPTURE(size[1] * size[2]);
    Source source(size);
    const auto file = source.encode();
    const auto placed = place_on(reread(file), source.loaded);
    if (!placed) FAIL(placed.error().message);
    CHECK(placed->label == source.labels.label);
  }
}

TEST_CASE("seg writer: every orientation, tilted ones too, is placed exactly") {
  for (const auto& grid : test::grids()) {
    CAPTURE(grid.name);
    Source source({5, 7, 9}, {.numbering = CtSeriesOptions::Numbering::kShuffled}, grid);
    const auto file = source.encode();
    const Segmentation seg = reread(file);
    const auto placed = place_on(seg, source.loaded);
    if (!placed) FAIL(placed.error().message);
    CHECK(placed->label == source.labels.label);
    check_valid(file, source.files[0]);
  }
}

TEST_CASE("seg writer: frames are segment-major with the positions of their source as text") {
  Source source;
  const Segmentation seg = reread(source.encode());
  std::map<std::string, std::array<std::string, 3>> positions;
  for (const auto& file : source.files) {
    DcmFileFormat format;
    REQUIRE(format.loadFile(file.c_str()).good());
    OFString uid;
    format.getDataset()->findAndGetOFString(DCM_SOPInstanceUID, uid);
    for (unsigned long i = 0; i < 3; ++i) {
      OFString text;
      format.getDataset()->findAndGetOFString(DCM_ImagePositionPatient, text, i);
      positions[uid.c_str()][i] = text.c_str();
    }
  }
  std::vector<std::array<int, 2>> order;
  std::map<std::string, std::uint32_t> index_of;
  for (const auto& frame : seg.frames) {
    REQUIRE(positions.count(frame.source_sop) == 1);
    CHECK(frame.position_text == positions[frame.source_sop]);
    REQUIRE(frame.dimension_indices.size() == 2);
    CHECK(frame.dimension_indices[0] == static_cast<std::uint32_t>(frame.segment));
    const auto [known, added] = index_of.try_emplace(frame.source_sop, frame.dimension_indices[1]);
    CHECK(known->second == frame.dimension_indices[1]);
    CHECK(frame.source_frame == 0);
    order.push_back({frame.segment, static_cast<int>(frame.dimension_indices[1])});
  }
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(index_of.size() == 6);
}

TEST_CASE("seg writer: a segment without voxels keeps its number and one empty frame") {
  Source source;
  const auto file = source.encode(test::vessel_model(), [](LabelMap& map) {
    std::replace(map.label.begin(), map.label.end(), std::uint8_t{3}, std::uint8_t{0});
  });
  const Segmentation seg = reread(file);
  CHECK(seg.segments.size() == 4);
  CHECK(seg.segments[2].description == "No voxels found");
  CHECK(std::count_if(seg.frames.begin(), seg.frames.end(),
                      [](const auto& f) { return f.segment == 3; }) == 1);
  CHECK(place_on(seg, source.loaded)->label == source.labels.label);
  check_valid(file, source.files[0]);
}

TEST_CASE("seg writer: a result in which nothing was found can be stored and says so") {
  Source source;
  const auto file = source.encode(test::vessel_model(), [](LabelMap& map) {
    std::fill(map.label.begin(), map.label.end(), std::uint8_t{0});
  });
  const Segmentation seg = reread(file);
  CHECK(seg.frames.size() == 4);
  CHECK(std::all_of(seg.pixels.begin(), seg.pixels.end(), [](auto b) { return b == 0; }));
  CHECK(value(file, DCM_ContentDescription) == "Nothing found. AI result, not for clinical use");
  check_valid(file, source.files[0]);
}

TEST_CASE("seg writer: frames of an enhanced source are referred to by number") {
  const test::TempDir dir;
  const Volume volume = test::numbered_volume(test::geometry_of(test::grids()[7], {6, 11, 13}));
  const LoadedSeries loaded = load({test::write_enhanced_ct(volume, dir / "e.dcm")});
  const LabelMap labels = test::some_labels(loaded.volume.geometry, 4);
  const ModelInfo model = test::vessel_model();
  const auto written = write_segmentations(
      {loaded, labels, model, {}, ResultIdentity("enhanced"), kCreated}, {}, {}, dir.path());
  if (!written) FAIL(written.error().message);
  const fs::path file = written->objects.at(0).file;
  const Segmentation seg = reread(file);
  CHECK(place_on(seg, loaded)->label == labels.label);
  for (const auto& frame : seg.frames) {
    CHECK(frame.source_frame == 7 - static_cast<int>(frame.dimension_indices[1]));
  }
  check_valid(file, dir / "e.dcm");
}

TEST_CASE("seg writer: the same request gives the same bytes, from any thread") {
  Source source;
  const fs::path file = source.encode();
  const auto first = test::read_file(file);
  const ModelInfo model = test::vessel_model();
  std::vector<std::string> others(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < others.size(); ++i) {
      threads.emplace_back([&, i] {
        const auto folder = source.dir / ("again" + std::to_string(i));
        fs::create_directory(folder);
        const auto written = write_segmentations(
            {source.loaded, source.labels, model, source.findings, source.identity, kCreated}, {},
            {}, folder);
        if (written) others[i] = test::read_file(folder / file.filename());
      });
    }
  }
  for (const auto& other : others) CHECK((other == first));
}

TEST_CASE("seg writer: settings name everything that changes a result") {
  const std::string usual = settings_of(SegOptions{});
  CHECK(usual != settings_of({.series_number = 9003}));
  CHECK(usual != settings_of({.series_description = "other"}));
  CHECK(usual != settings_of({.equipment = {.software_version = "9"}}));
  CHECK(usual.find('\n') == std::string::npos);
}

TEST_CASE("seg writer: real CT series") {
  for (const std::string name : {"ct_philips_5mm", "ct_siemens_8mm"}) {
    CAPTURE(name);
    const fs::path folder = fs::path(HILUM_SHARED_DIR) / "data" / name;
    if (!fs::exists(folder)) {
      MESSAGE("no shared data: " << name);
      continue;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".dcm") files.push_back(entry.path());
    }
    const LoadedSeries loaded = load(files);
    CHECK(loaded.volume.geometry.size[1] == 512);
    CHECK(loaded.frames.size() == files.size());
    // Plausible HU: air and soft tissue are both there.
    CHECK(*std::min_element(loaded.volume.hu.begin(), loaded.volume.hu.end()) <= -1000);
    LabelMap labels{loaded.volume.geometry,
                    std::vector<std::uint8_t>(loaded.volume.geometry.voxel_count())};
    for (std::size_t i = 0; i < labels.label.size(); ++i) {
      if (loaded.volume.hu[i] > 100) labels.label[i] = static_cast<std::uint8_t>(1 + i % 4);
    }
    const test::TempDir dir;
    const ModelInfo model = test::vessel_model();
    const auto written = write_segmentations(
        {loaded, labels, model, {}, ResultIdentity(name), kCreated}, {}, {}, dir.path());
    if (!written) FAIL(written.error().message);
    const fs::path file = written->objects.at(0).file;
    CHECK(place_on(reread(file), loaded)->label == labels.label);
    check_valid(file, files[0]);
  }
}
