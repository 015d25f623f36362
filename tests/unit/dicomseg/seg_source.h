#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "dicomseg/ct_reader.h"
#include "dicomseg/seg_reader.h"
#include "dicomseg/seg_writer.h"
#include "tests/unit/dicomseg/synthetic.h"

/// What tests of the segmentation's file share: a source series, its SEG, and judges of the result.
namespace hilum::test {

using namespace hilum::dicomseg;
namespace fs = std::filesystem;

inline const Time kCreated =
    Time(std::chrono::milliseconds(1'700'000'000'000));  // 2023-11-14 22:13:20 Z

inline LoadedSeries load(const std::vector<fs::path>& files) {
  auto loaded = CtReader().read(files, {});
  if (!loaded) FAIL(loaded.error().message);
  return std::move(*loaded);
}

/// A small CT series on disk, read back.
struct Source {
  explicit Source(std::array<int, 3> size = {6, 11, 13}, const CtSeriesOptions& options = {},
                  const NamedGrid& grid = grids()[0]) {
    auto series = write_ct_series(numbered_volume(geometry_of(grid, size)), options, dir.path());
    if (!series) FAIL(series.error().message);
    files = *series;
  }
  /// Reads the series and marks some voxels of every segment.
  void mark(const ModelInfo& model = vessel_model(),
            const std::function<void(LabelMap&)>& change = {}) {
    loaded = load(files);
    labels = some_labels(loaded.volume.geometry, static_cast<int>(model.segments.size()));
    if (change) change(labels);
  }
  Result<WrittenSegmentations> write(const ModelInfo& model, const SegOptions& options = {},
                                     const ViewerProfile& profile = {}) const {
    return write_segmentations({loaded, labels, model, findings, identity, kCreated}, profile,
                               options, dir.path());
  }
  /// Marks voxels and writes the segmentations that `profile` asks for; returns the first.
  fs::path encode(const ModelInfo& model = vessel_model(),
                  const std::function<void(LabelMap&)>& change = {}, const SegOptions& options = {},
                  const ViewerProfile& profile = {}) {
    mark(model, change);
    auto done = write(model, options, profile);
    if (!done) FAIL(done.error().message);
    segmentations = std::move(*done);
    return segmentations.objects.at(0).file;
  }
  TempDir dir;
  std::vector<fs::path> files;
  LoadedSeries loaded;
  LabelMap labels;
  Findings findings;
  ResultIdentity identity{"test"};
  WrittenSegmentations segmentations;
};

inline Segmentation reread(const fs::path& file) {
  auto seg = read_seg(file);
  if (!seg) FAIL(seg.error().message);
  return std::move(*seg);
}

inline std::string value(const fs::path& file, const DcmTagKey& tag) {
  std::string raw = raw_value(file, tag.getGroup(), tag.getElement());
  while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\0')) raw.pop_back();
  return raw;
}

inline std::vector<std::string> complaints_of_dciodvfy(const fs::path& file) {
  std::istringstream output(run_command("dciodvfy -new " + file.string()).output);
  std::vector<std::string> complaints;
  for (std::string line; std::getline(output, line);) {
    if (line.starts_with("Error") || line.starts_with("Warning")) complaints.push_back(line);
  }
  return complaints;
}

/// dciodvfy complains about the segmentation only where it complains about the source, from which
/// patient and study are copied as they are; dcentvfy finds both in agreement.
inline void check_valid(const fs::path& seg, const fs::path& source) {
  if (!installed("dciodvfy") || !installed("dcentvfy")) {
    MESSAGE("dciodvfy or dcentvfy is not installed");
    return;
  }
  const auto known = complaints_of_dciodvfy(source);
  for (const std::string& complaint : complaints_of_dciodvfy(seg)) {
    CAPTURE(complaint);
    CHECK(std::find(known.begin(), known.end(), complaint) != known.end());
  }
  const auto entities = run_command("dcentvfy " + source.string() + " " + seg.string());
  CHECK(entities.output == "");
}

}  // namespace hilum::test
