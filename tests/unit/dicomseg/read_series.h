#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "dicomseg/ct_reader.h"
#include "tests/unit/dicomseg/synthetic.h"

/// Series that are written to be read again.
namespace hilum::test {

using namespace hilum::dicomseg;
namespace fs = std::filesystem;

inline const Volume& axial_volume() {
  static const Volume volume = numbered_volume(geometry_of(grids()[0], {6, 11, 13}));
  return volume;
}

inline std::vector<fs::path> write(const Volume& volume, const TempDir& dir,
                                   const CtSeriesOptions& options = {}) {
  auto files = write_ct_series(volume, options, dir.path());
  if (!files) FAIL(files.error().message);
  // The order of a directory says nothing either.
  std::sort(files->begin(), files->end());
  return *files;
}

inline Result<LoadedSeries> read(const std::vector<fs::path>& files) {
  return CtReader().read(files, {});
}

/// Every voxel of `loaded` lies where `written` has the same value.
inline void check_same(const LoadedSeries& loaded, const Volume& written) {
  const Geometry& a = loaded.volume.geometry;
  const Geometry& b = written.geometry;
  REQUIRE(a.size == b.size);
  REQUIRE(loaded.frames.size() == static_cast<std::size_t>(a.size[0]));
  const Vec3 step = b.step_mm(2);
  const Vec3 origin = b.to_lps({0, 0, 0});
  std::size_t wrong = 0;
  for (int z = 0; z < a.size[0]; ++z) {
    const Vec3 p = a.to_lps({0, 0, static_cast<double>(z)});
    const double along =
        (p[0] - origin[0]) * step[0] + (p[1] - origin[1]) * step[1] + (p[2] - origin[2]) * step[2];
    const int from = static_cast<int>(
        std::lround(along / (step[0] * step[0] + step[1] * step[1] + step[2] * step[2])));
    REQUIRE(from >= 0);
    REQUIRE(from < b.size[0]);
    const Vec3 far = a.to_lps({12, 10, static_cast<double>(z)});
    const Vec3 expected = b.to_lps({12, 10, static_cast<double>(from)});
    for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(far[i] - expected[i]) < 1e-9);
    for (std::size_t i = 0; i < a.index(1, 0, 0); ++i) {
      wrong += loaded.volume.hu[a.index(z, 0, 0) + i] != written.hu[b.index(from, 0, 0) + i];
    }
  }
  CHECK(wrong == 0);
}

inline void check_refused(const std::vector<fs::path>& files, ErrorCode code,
                          const std::string& says) {
  const auto loaded = read(files);
  REQUIRE_FALSE(loaded);
  CAPTURE(loaded.error().message);
  CHECK(loaded.error().code == code);
  CHECK(loaded.error().message.find(says) != std::string::npos);
}

}  // namespace hilum::test
